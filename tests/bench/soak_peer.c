/*
 * soak_peer.c -- what the soak needs besides clients: programs that take all
 * that they can get, targets to forward to, and control clients.
 *
 *	soak_peer bomb fork|memory|loop|disk
 *		take processes, memory, processor time, or space in /tmp without
 *		end; prints "bounded" as soon as it gets no more, if it got no
 *		more than the limits of soak_config.sh allow
 *	soak_peer target PORT
 *		at PORT a server that echoes, at PORT + 1 one that accepts and
 *		does nothing, at PORT + 2 one that resets after some bytes; at
 *		SIGTERM, prints the number of clients of each
 *	soak_peer control SOCKET SEED N SECONDS UID GID
 *		send N requests to the control socket, within SECONDS: from
 *		root, from a user of control-group (UID and GID), who may only
 *		look, from another user, and junk; print a line for each:
 *		KIND right|busy|failed|lost|wrong STATUS
 */

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"
#include "soak.h"

#define MB ((size_t)1 << 20)

/* --- bombs --- */

static const char bounded[] = BOUNDED;

static void
say_bounded(bool is)
{
	if (!is || write(STDOUT_FILENO, bounded, sizeof(bounded) - 1) == -1)
		_exit(4);
}

/* Every process forks until it cannot, and then tries again for ever. */
static void __attribute__((noreturn)) fork_bomb(void)
{
	unsigned int *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (n == MAP_FAILED)
		_exit(4);
	for (;;) {
		switch (fork()) {
		case -1:
			/* Only the first process whose fork fails prints. */
			if (__atomic_fetch_add(n, 1000, __ATOMIC_RELAXED) <
			    1000)
				say_bounded(*n % 1000 < BOMB_PROCESSES);
			break;
		case 0:
			break;
		default:
			if (__atomic_load_n(n, __ATOMIC_RELAXED) < 1000)
				__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
		}
	}
}

static int
memory_hog(void)
{
	size_t n = 0;
	char *p;

	for (; (p = malloc(MB)) != NULL; n++)
		memset(p, 1, MB);
	say_bounded(n < BOMB_MEGABYTES);
	return 3;
}

static void __attribute__((noreturn)) busy_loop(void)
{
	volatile unsigned long n = 0;

	for (;;)
		n++;
}

static int
disk_filler(void)
{
	int fd = open("/tmp/fill", O_WRONLY | O_CREAT | O_EXCL, 0600);
	static char buf[1 << 16];
	size_t all = 0;
	ssize_t n;

	if (fd == -1)
		return 4;
	while ((n = write(fd, buf, sizeof(buf))) > 0)
		all += (size_t)n;
	say_bounded(errno == ENOSPC && all <= BOMB_MEGABYTES * MB);
	return 3;
}

static int
bomb(char **argv)
{
	switch (argv[0][0]) {
	case 'f':
		fork_bomb();
	case 'm':
		return memory_hog();
	case 'l':
		busy_loop();
	default:
		return disk_filler();
	}
}

/* --- targets --- */

#define CONNECTIONS_MAX 4096
#define HANGS (20 * SECOND) /* then its socket is closed all the same */

enum target { ECHOES, DOES_NOTHING, CUTS, NTARGETS };

static struct connection {
	bool open;
	enum target target;
	int64_t until;
} connections[CONNECTIONS_MAX]; /* by descriptor */

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	stopped = sig;
}

static int
listen_at(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 4096) == -1)
		err(1, "port %d", port);
	return fd;
}

static void
watch(int epoll, int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
take_all(int epoll, int listener, enum target target, unsigned long *n)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		if (fd >= CONNECTIONS_MAX)
			errx(1, "too many connections");
		(*n)++;
		connections[fd] =
		    (struct connection) { true, target, clock_now() + HANGS };
		watch(epoll, fd, target == DOES_NOTHING ? 0 : EPOLLIN);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		err(1, "accept");
}

static void
end(int fd, bool reset)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
	connections[fd].open = false;
}

/* Payloads are smaller than what the kernel buffers: send(2) takes all. */
static void
answer(int fd)
{
	char buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n == -1 && errno == EAGAIN)
		return;
	if (connections[fd].target == DOES_NOTHING)
		end(fd, false);
	else if (connections[fd].target == CUTS) {
		if (n > 0)
			send(fd, buf, (size_t)(n + 1) / 2, MSG_NOSIGNAL);
		end(fd, true);
	} else if (n <= 0 || send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
		end(fd, n > 0);
}

static int
serve_targets(char **argv)
{
	int epoll = epoll_create1(0), listeners[NTARGETS], i, j, n;
	struct sigaction action = { .sa_handler = stop };
	struct epoll_event events[64];
	unsigned long taken[NTARGETS] = { 0 };

	sigaction(SIGTERM, &action, NULL);
	for (i = 0; i < NTARGETS; i++) {
		listeners[i] = listen_at(atoi(argv[0]) + i);
		watch(epoll, listeners[i], EPOLLIN);
	}
	while (!stopped) {
		n = epoll_wait(epoll, events, 64, 1000);
		for (i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			for (j = 0; j < NTARGETS && listeners[j] != fd; j++)
				;
			if (j < NTARGETS)
				take_all(epoll, fd, (enum target)j, &taken[j]);
			else
				answer(fd);
		}
		for (i = 0; i < CONNECTIONS_MAX; i++)
			if (connections[i].open &&
			    clock_now() >= connections[i].until)
				end(i, false);
	}
	for (j = 0; j < NTARGETS; j++)
		printf("%d %lu\n", atoi(argv[0]) + j, taken[j]);
	return 0;
}

/* --- control clients --- */

enum who { ROOT, LOOKER, STRANGER };

/* One kind: WEIGHT of a hundred. */
static const struct control_kind {
	const char *name;
	unsigned int weight;
	enum who who;
	const char *text; /* NULL: junk */
	int status;	  /* as protocol.h has it; -1: it closes first */
	int other;	  /* explain: while it is drained */
} control_kinds[] = {
	{ "status", 15, ROOT, "haild-control 1 status\n", 0, 0 },
	{ "sessions", 15, ROOT, "haild-control 1 sessions\n", 0, 0 },
	{ "sources", 5, ROOT, "haild-control 1 sources\n", 0, 0 },
	{ "counts", 10, ROOT, "haild-control 1 counts\n", 0, 0 },
	{ "explain", 10, ROOT,
	    "haild-control 1 explain service=echo address=127.1.2.3\n", 0, 9 },
	{ "no-service", 5, ROOT, "haild-control 1 sessions service=none\n", 3,
	    3 },
	{ "version", 5, ROOT, "haild-control 9 sessions\n", 6, 6 },
	{ "junk", 10, ROOT, NULL, 2, 2 },
	{ "early", 5, ROOT, "", -1, -1 },
	{ "half", 5, ROOT, "haild-control 1 sta", -1, -1 },
	{ "looker", 5, LOOKER, "haild-control 1 status\n", 0, 0 },
	{ "looker-acts", 5, LOOKER, "haild-control 1 stop\n", 4, 4 },
	{ "stranger", 5, STRANGER, "haild-control 1 status\n", 4, 4 },
};

struct control {
	struct sockaddr_un to;
	struct client client; /* its chance */
	uid_t uid;
	gid_t gid;
};

/* Connect as WHO.  Returns -1 if that fails. */
static int
connect_as(const struct control *c, enum who who)
{
	struct timeval patience = { .tv_sec = 60 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), result, error;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (who != ROOT &&
	    (setegid(who == LOOKER ? c->gid : (gid_t)-2) == -1 ||
		seteuid(c->uid) == -1))
		err(1, "seteuid");
	result = connect(fd, (const struct sockaddr *)&c->to, sizeof(c->to));
	error = errno;
	if (who != ROOT && (seteuid(0) == -1 || setegid(0) == -1))
		err(1, "seteuid");
	errno = error;
	if (result == 0)
		return fd;
	close(fd);
	return -1;
}

/* The status of the answer's last line; -1: there is none. */
static int
read_status(int fd)
{
	static const char word[] = "\nresult status=";
	char buf[65536 + 1];
	size_t kept = 0;
	const char *at;
	ssize_t n;

	buf[kept++] = '\n';
	while ((n = read(fd, buf + kept, sizeof(buf) - 1 - kept)) > 0) {
		kept += (size_t)n;
		if (kept > sizeof(buf) / 2) {
			memmove(buf, buf + kept - 100, 100);
			kept = 100;
		}
	}
	buf[kept] = '\0';
	at = strstr(buf, word);
	return at == NULL ? -1 : atoi(at + sizeof(word) - 1);
}

static void
say(struct client *c, int fd, const struct control_kind *k)
{
	char junk[300];
	size_t i, len = 1 + client_chance(c, sizeof(junk) - 1);

	/* If it has closed, read_status finds it. */
	if (k->text != NULL) {
		send(fd, k->text, strlen(k->text), MSG_NOSIGNAL);
		return;
	}
	for (i = 0; i < len; i++)
		junk[i] = (char)client_chance(c, 256);
	junk[len - 1] = '\n';
	send(fd, junk, len, MSG_NOSIGNAL);
}

static void
request(struct control *c)
{
	unsigned int chance = client_chance(&c->client, 100);
	const struct control_kind *k = control_kinds;
	const char *result = "right";
	int fd, status = -1;

	for (; chance >= k->weight; k++)
		chance -= k->weight;
	fd = connect_as(c, k->who);
	if (fd == -1 && errno == EACCES)
		status = 4;
	else if (fd != -1) {
		say(&c->client, fd, k);
		if (k->status != -1)
			status = read_status(fd);
		close(fd);
	}
	if (status == 7)
		result = "busy";
	else if (fd == -1 ? status != k->status
			  : k->status != -1 && status == -1)
		result = "lost";
	else if (status == 1)
		result = "failed";
	else if (status != k->status && status != k->other)
		result = "wrong";
	printf("%s %s %d\n", k->name, result, status);
}

static int
control(char **argv)
{
	unsigned long n = strtoul(argv[2], NULL, 10), i;
	int64_t from = clock_now(), due, length = atoi(argv[3]) * SECOND;
	struct control c = { .to = { .sun_family = AF_UNIX },
		.uid = (uid_t)atoi(argv[4]),
		.gid = (gid_t)atoi(argv[5]) };

	client_init(&c.client, strtoull(argv[1], NULL, 10), 1UL << 33);
	snprintf(c.to.sun_path, sizeof(c.to.sun_path), "%s", argv[0]);
	if (setgroups(0, NULL) == -1)
		err(1, "setgroups");
	for (i = 0; i < n; i++) {
		due = from + (int64_t)(i * (uint64_t)length / n) - clock_now();
		if (due > 0)
			nanosleep(&(struct timespec) { .tv_sec = due / SECOND,
				      .tv_nsec = due % SECOND },
			    NULL);
		request(&c);
	}
	return ferror(stdout) || fflush(stdout) == EOF;
}

static const struct {
	const char *name;
	int nargs;
	int (*run)(char **argv);
} roles[] = {
	{ "bomb", 1, bomb },
	{ "target", 1, serve_targets },
	{ "control", 6, control },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(argv[1], roles[i].name) == 0 &&
		    argc == 2 + roles[i].nargs)
			return roles[i].run(argv + 2);
	errx(2,
	    "usage: soak_peer bomb fork|memory|loop|disk\n"
	    "       soak_peer target PORT\n"
	    "       soak_peer control SOCKET SEED N SECONDS UID GID");
}
