/*
 * signer.c -- the process of the signer: it loads the keys as the daemon's
 * user, confines itself, and answers each relay once.
 */

#include "tls/server/signer.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/relay_channel.h"
#include "tls/server/process.h"
#include "tls/server/signer_keys.h"

#define EVENTS 64
#define RELAYS_MAX 65536
#define SPARE_FILES 64 /* more descriptors than one message has */

struct signer {
	const struct signer_service *services;
	uint32_t nservices;
	int epoll;
	bool keeper; /* its end is open */
	bool watched;
	unsigned int relays, max;
};

/*
 * The epoll data of a relay's pair is its service and descriptor; 0 is the
 * keeper.
 */
static uint64_t
name_of(uint32_t service, int fd)
{
	return ((uint64_t)service << 32) | (uint32_t)fd;
}

static int
watch(struct signer *s, int fd, uint64_t name)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = name };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* While there is no room for another relay, the keeper's messages wait. */
static void
watch_keeper(struct signer *s)
{
	bool want = s->keeper && s->relays < s->max;

	if (want == s->watched)
		return;
	if (want)
		watch(s, SIGNER_KEEPER, 0);
	else
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, SIGNER_KEEPER, NULL);
	s->watched = want;
}

static void
add_relay(struct signer *s, uint32_t service, int fd)
{
	if (service >= s->nservices || s->services[service].nkeys == 0 ||
	    watch(s, fd, name_of(service, fd)) == -1)
		close(fd);
	else
		s->relays++;
}

static void
read_keeper(struct signer *s)
{
	struct signer_relay relay;
	struct message m;

	switch (message_receive(SIGNER_KEEPER, signer_kinds,
	    MESSAGE_BIT(SIGNER_RELAY), &m, &relay, sizeof(relay),
	    MSG_DONTWAIT)) {
	case MESSAGE_OK:
		add_relay(s, relay.service, m.fds[0]);
		break;
	case MESSAGE_NONE:
		break;
	case MESSAGE_END:
	case MESSAGE_BAD:
		s->keeper = false;
		break;
	}
	watch_keeper(s);
	if (!s->keeper)
		close(SIGNER_KEEPER);
}

static void
answer(const struct signer *s, uint32_t service, int fd)
{
	unsigned char signature[SIGNER_SIGNATURE_MAX];
	struct signer_sign request;
	uint32_t none = 0;
	struct message m;
	int length;

	if (message_receive(fd, signer_kinds, MESSAGE_BIT(SIGNER_SIGN), &m,
		&request, sizeof(request), MSG_DONTWAIT) != MESSAGE_OK)
		return;
	length = request.length == m.length - offsetof(struct signer_sign, data)
	    ? signer_keys_sign(&s->services[service], &request, signature)
	    : -1;
	if (length > 0)
		message_send(
		    fd, SIGNER_SIGNED, signature, (size_t)length, MSG_DONTWAIT);
	else
		message_send(
		    fd, SIGNER_REFUSED, &none, sizeof(none), MSG_DONTWAIT);
}

/* Answer one request, or see the end, and close the pair. */
static void
serve_relay(struct signer *s, uint64_t name)
{
	int fd = (int)(uint32_t)name;

	answer(s, (uint32_t)(name >> 32), fd);
	close(fd);
	s->relays--;
	watch_keeper(s);
}

static void
serve(struct signer *s)
{
	struct epoll_event events[EVENTS];
	int i, n;

	watch_keeper(s);
	while (s->keeper || s->relays > 0) {
		n = epoll_wait(s->epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++)
			if (events[i].data.u64 != 0)
				serve_relay(s, events[i].data.u64);
			else if (s->watched)
				read_keeper(s);
	}
}

/* --- the beginning --- */

static void __attribute__((noreturn)) fail(const char *what)
{
	log_err("signer: cannot %s", what);
	_exit(EX_OSERR);
}

/*
 * Keep keys out of core dumps and swap.  Memory is locked only if the limit
 * allows all of it; otherwise an allocation would fail later.  MCL_ONFAULT
 * locks a page when it is used.
 */
static void
protect_memory(void)
{
	static const struct rlimit none = { 0, 0 };
	static const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		fail("forbid core dumps");
	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

static unsigned int
allow_relays(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		fail("read limit-nofile");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		fail("set limit-nofile");
	if (files.rlim_cur >= RELAYS_MAX + (rlim_t)2 * SPARE_FILES)
		return RELAYS_MAX;
	return files.rlim_cur > (rlim_t)2 * SPARE_FILES
	    ? (unsigned int)files.rlim_cur - SPARE_FILES
	    : SPARE_FILES;
}

/* Give up the configuration, and access to all files. */
static void
confine_signer(const struct keeper_start *start, const struct config *config)
{
	static const struct rlimit none = { 0, 0 };
	const struct confinement confinement = { .name = "signer",
		.identity = &config->tls,
		.root = start->has_root ? SIGNER_ROOT : CONFINE_NO_FILES,
		.must = true,
		.parent = start->daemon };

	if (confine(&confinement) == -1)
		_exit(EX_NOPERM);
	if (setrlimit(RLIMIT_NPROC, &none) == -1)
		fail("set limit-nproc");
}

static void __attribute__((noreturn)) leave(int status)
{
	/* Not _exit(2): before it the address sanitizer makes other calls. */
	for (;;)
		syscall(__NR_exit_group, status);
}

void
signer_run(void)
{
	struct tls_process p;
	struct signer s = { .keeper = true };
	struct signer_service *services;

	protect_memory();
	tls_process_begin(&p, "signer", SIGNER_KEEPER, SIGNER_CONFIG);
	if ((services = signer_keys_load(p.config)) == NULL)
		_exit(EX_CONFIG);
	s.services = services;
	s.nservices = (uint32_t)p.config->nservices;
	s.max = allow_relays();
	if ((s.epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fail("create an epoll descriptor");
	confine_signer(&p.start, p.config);
	arena_destroy(&p.arena);
	close(SIGNER_ROOT);
	if (confine_signing() == -1)
		fail("restrict system calls");
	if (message_send(SIGNER_KEEPER, SIGNER_READY, NULL, 0, 0) == -1)
		leave(EX_UNAVAILABLE);
	serve(&s);
	leave(EXIT_SUCCESS);
}
