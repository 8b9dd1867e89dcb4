#include "tls/server/keeper_relay.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/sched.h>

#include <gnutls/crypto.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/ratelimit.h"
#include "tls/signer_channel.h"

/* How long the signer may take to receive a pair. */
#define SEND_TIME SECOND

/* --- files of identities --- */

static bool
others_write(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/*
 * Why FD, a file in DIRECTORY, cannot be trusted; or NULL.  As with sshd's
 * authorized_keys, only root, haild's own user and the owner of the directory
 * may be able to change it.  The owner of the directory could replace the file
 * anyway.
 */
static const char *
why_untrusted(int directory, int fd)
{
	struct stat dir, file;

	if (fstat(directory, &dir) == -1 || fstat(fd, &file) == -1)
		return strerror(errno);
	if (!S_ISREG(file.st_mode))
		return "not a regular file";
	if (others_write(&file) || others_write(&dir))
		return "group or others can write to it or to its directory";
	if (file.st_uid != 0 && file.st_uid != geteuid() &&
	    file.st_uid != dir.st_uid)
		return "it does not belong to root, to haild's user or to the "
		       "owner of its directory";
	return NULL;
}

/* Clients may cause this often: log at most one line a second. */
static void
warn_of(const char *path, const char *why)
{
	static struct ratelimit limit = { .per_second = 1 };

	if (ratelimit_pass(&limit, clock_now()))
		log_warnx("cannot use identities \"%s\": %s", path, why);
}

/*
 * Returns a descriptor; -1 for a file that cannot be trusted; -2 if it does not
 * exist.
 */
static int
open_identities(const struct tls_identities *t)
{
	const char *why;
	int fd;

	if (t->directory == -1)
		return -1;
	fd = openat(t->directory, t->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return -2;
	why = fd == -1 ? strerror(errno) : why_untrusted(t->directory, fd);
	if (why == NULL)
		return fd;
	warn_of(t->path, why);
	if (fd != -1)
		close(fd);
	return -1;
}

static_assert(RELAY_IDENTITIES_MAX >= TLS_IDENTITIES_MAX,
    "a relay can have all files of its service");

static void
open_all_identities(struct relay_start *r)
{
	const struct tls_service *s = r->service;
	size_t i;
	int fd;

	for (i = 0; i < s->nidentities; i++)
		if ((fd = open_identities(&s->identities[i])) != -2)
			r->identities[r->nidentities++] = fd;
}

static void
close_all_identities(const struct relay_start *r)
{
	unsigned int i;

	for (i = 0; i < r->nidentities; i++)
		if (r->identities[i] != -1)
			close(r->identities[i]);
}

/* --- the process --- */

/*
 * Clone a relay as a child of the daemon, which gets its SIGCHLD.  Containers
 * and RestrictNamespaces of systemd deny clone3(2).
 */
static pid_t
clone_sibling(void)
{
#ifdef __s390x__
	return (pid_t)syscall(__NR_clone, 0, CLONE_PARENT | SIGCHLD, 0, 0, 0);
#else
	return (pid_t)syscall(__NR_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
#endif
}

/*
 * Close everything else.  The directories in particular would lead out of the
 * empty root.
 */
static void
keep_own_descriptors(const struct relay_start *r)
{
	int keep[4 + RELAY_IDENTITIES_MAX] = { r->fd, r->channel, r->signer,
		r->root };

	memcpy(
	    keep + 4, r->identities, r->nidentities * sizeof(r->identities[0]));
	fds_close_others(keep, 4 + r->nidentities);
}

static void __attribute__((noreturn)) become_relay(const struct relay_start *r)
{
	keep_own_descriptors(r);
	signal(SIGTERM, SIG_DFL); /* the daemon ends a relay by SIGTERM */
	/*
	 * The library detects fork(3), but not clone(2).  Without this call all
	 * relays would make the same keys.
	 */
	gnutls_rnd_refresh();
	relay_run(r);
}

/* Send one end of a new pair to the signer.  Returns the other end, or -1. */
static int
connect_signer(uint32_t service)
{
	const struct signer_relay relay = { .service = service };
	int pair[2], result, error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	result = message_send_fds(KEEPER_SIGNER, SIGNER_RELAY, &relay,
	    sizeof(relay), &pair[1], 1, MSG_DONTWAIT);
	if (result == -1 && errno == EAGAIN &&
	    io_wait(KEEPER_SIGNER, POLLOUT, clock_now() + SEND_TIME) > 0)
		result = message_send_fds(KEEPER_SIGNER, SIGNER_RELAY, &relay,
		    sizeof(relay), &pair[1], 1, MSG_DONTWAIT);
	error = errno;
	close(pair[1]);
	if (result == 0)
		return pair[0];
	close(pair[0]);
	errno = error;
	return -1;
}

pid_t
keeper_start_relay(const struct keeper *k, const struct keeper_client *client,
    int fd, int channel)
{
	struct relay_start r = { .fd = fd,
		.channel = channel,
		.root = k->root,
		.daemon = k->daemon,
		.user = k->user };
	pid_t pid = -1;
	int error;

	if (client->service >= k->nservices ||
	    k->services[client->service].name == NULL) {
		errno = EINVAL;
		return -1;
	}
	r.service = &k->services[client->service];
	r.client = *client;
	r.local.len = sizeof(r.local) - offsetof(struct addr, sa);
	if (getsockname(fd, &r.local.sa, &r.local.len) == -1 ||
	    (r.signer = connect_signer(client->service)) == -1)
		return -1;
	open_all_identities(&r);
	if ((pid = clone_sibling()) == 0)
		become_relay(&r);
	error = errno;
	close_all_identities(&r);
	close(r.signer);
	errno = error;
	return pid;
}
