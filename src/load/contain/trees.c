#include "load/contain/trees.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "contain/contain.h"
#include "contain/tree.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/message.h"

/* Of this configuration: haild-load builds one. */
static struct {
	int *list;
	const struct service **of; /* one of those that share it */
	size_t n;
	int network; /* 0: none */
	int64_t until;
} trees;

/* What a child sends: one descriptor, or the reason why there is none. */
enum { MADE = 1, FAILED };
struct failure {
	int32_t result; /* enum tree_result */
	char why[TREE_WHY_MAX];
};
static const struct message_kind kinds[] = {
	{ MADE, 0, 0, 1 },
	{ FAILED, sizeof(struct failure), sizeof(struct failure), 0 },
	{ 0, 0, 0, 0 },
};

/* --- in the child --- */

static void __attribute__((noreturn))
send_failure(int channel, enum tree_result result, const char *why)
{
	struct failure f = { .result = (int32_t)result };

	strlcpy(f.why, why, sizeof(f.why));
	message_send(channel, FAILED, &f, sizeof(f), 0);
	_exit(EXIT_FAILURE);
}

/* Send the namespace that this process is in. */
static void __attribute__((noreturn)) send_own(int channel, int ns)
{
	if (ns == -1)
		send_failure(channel, TREE_DENIED, strerror(errno));
	message_send_fds(channel, MADE, NULL, 0, &ns, 1, 0);
	_exit(EXIT_SUCCESS);
}

/* The network namespace that sessions of SERVICE share; -1: none. */
static int
network_for(const struct service *service)
{
	return contain_shares_network(service) && trees.network > 0
	    ? trees.network
	    : -1;
}

static void __attribute__((noreturn))
make_tree(const struct service *service, int channel)
{
	char why[TREE_WHY_MAX];
	enum tree_result result;
	int ns;

	result = tree_build(service, network_for(service), &ns, why);
	if (result != TREE_BUILT)
		send_failure(channel, result, why);
	send_own(channel, ns);
}

static void __attribute__((noreturn)) make_network(int channel)
{
	if (unshare(CLONE_NEWNET) == -1)
		send_failure(channel, TREE_DENIED, strerror(errno));
	send_own(channel, open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

/* --- in haild-load --- */

/* Fill F from what the child sends.  Returns a descriptor, or -1. */
static int
receive(int channel, int64_t deadline, struct failure *f)
{
	const uint32_t expected = MESSAGE_BIT(MADE) | MESSAGE_BIT(FAILED);
	enum message_result result;
	struct message m;

	if (io_wait(channel, POLLIN, deadline) <= 0) {
		strlcpy(f->why,
		    "making the mounts took too long; check whether a path in "
		    "the settings is on a file system that does not answer",
		    sizeof(f->why));
		return -1;
	}
	result =
	    message_receive(channel, kinds, expected, &m, f, sizeof(*f), 0);
	if (result == MESSAGE_OK && m.type == MADE)
		return m.fds[0];
	if (result == MESSAGE_OK) {
		f->why[sizeof(f->why) - 1] = '\0';
		return -1;
	}
	f->result = TREE_DENIED;
	strlcpy(f->why,
	    result == MESSAGE_BAD
		? "cannot receive a namespace: too many open files? (raise "
		  "LimitNOFILE or ulimit -n)"
		: "the process that makes the mounts of a session was killed",
	    sizeof(f->why));
	return -1;
}

/*
 * Make the tree of SERVICE, or a network namespace if it is NULL, in a child.
 * Returns a descriptor, or -1 with the reason in F.
 */
static int
make(const struct service *service, struct failure *f)
{
	int64_t now = clock_now();
	pid_t pid = -1, self = getpid();
	int pair[2], fd;

	*f = (struct failure) { .result = TREE_DENIED };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 &&
	    (pid = fork()) == 0) {
		close(pair[0]);
		if (confine_die_with(self) == -1)
			_exit(EXIT_FAILURE);
		if (service != NULL)
			make_tree(service, pair[1]);
		make_network(pair[1]);
	}
	if (pid == -1) {
		snprintf(f->why, sizeof(f->why),
		    "cannot create a process for mounts: %s", strerror(errno));
		return -1;
	}
	close(pair[1]);
	fd = receive(pair[0],
	    clock_sooner(
		now + TREE_TIME, trees.until > now ? trees.until : now),
	    f);
	close(pair[0]);
	kill(pid, SIGKILL); /* it has ended, or does not */
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return fd;
}

/* What the settings say is an error; that haild -t may do less is not. */
static void
report(struct loader *l, struct service *s, const struct failure *f)
{
	const struct origin origin = { .file = s->file, .line = s->line };

	if (l->source->trial == TRIAL_WARN && f->result == TREE_DENIED)
		loader_report(l, false, &origin, TRIAL_UNABLE, s->name, f->why);
	else
		loader_missing(l, s, &origin, "%s", f->why);
}

/* Returns the number of the tree, or NO_TREE (reported). */
static int32_t
find_or_make(struct loader *l, struct service *s)
{
	struct failure f;
	size_t i;
	int fd;

	for (i = 0; i < trees.n; i++)
		if (tree_is_same(s, trees.of[i]))
			return (int32_t)i;
	if ((fd = make(s, &f)) == -1) {
		report(l, s, &f);
		return NO_TREE;
	}
	trees.list = reallocarray(trees.list, trees.n + 1, sizeof(*trees.list));
	trees.of =
	    reallocarray(trees.of, trees.n + 1, sizeof(const struct service *));
	if (trees.list == NULL || trees.of == NULL)
		fatal(1, "cannot allocate memory for mounts");
	trees.list[trees.n] = fd;
	trees.of[trees.n] = s;
	return (int32_t)trees.n++;
}

/* --- all services --- */

/* Call FN for each service and command whose sessions are contained. */
static void
for_each(
    struct loader *l, void (*fn)(struct loader *l, struct service *service))
{
	struct service *s = (struct service *)l->config->services, *c;
	struct service *end = s + l->config->nservices;

	for (; s < end; s++) {
		if (s->disable || s->missing != NULL)
			continue;
		if (s->handler == HANDLER_EXEC)
			fn(l, s);
		c = (struct service *)s->commands;
		for (; c != NULL && c->name != NULL; c++)
			if (c->missing == NULL)
				fn(l, c);
	}
}

/* If it fails, each session tries to make one, as each trial does. */
static void
want_network(struct loader *l __attribute__((unused)), struct service *s)
{
	struct failure f;
	int fd;

	if (contain_shares_network(s) && trees.network == 0 &&
	    presets_has_scopes() && (fd = make(NULL, &f)) > 0)
		trees.network = fd;
}

static void
want_tree(struct loader *l, struct service *s)
{
	s->contained.tree = tree_is_wanted(s) ? find_or_make(l, s) : NO_TREE;
}

/* Each tree is a descriptor until the daemon has it. */
static void
raise_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

void
trees_build(struct loader *l)
{
	trees_forget();
	trees.until = clock_now() + TREES_TIME;
	raise_limit();
	for_each(l, want_network);
	for_each(l, want_tree);
}

void
trees_trial_grant(const struct service *service, struct grant *grant)
{
	if (service->contained.tree != NO_TREE &&
	    (size_t)service->contained.tree < trees.n)
		grant->tree = trees.list[service->contained.tree];
	grant->network = network_for(service);
}

int
trees_send(int fd)
{
	uint32_t total = (uint32_t)trees.n;
	unsigned int n;
	size_t at;

	/* The daemon reads when this process has ended. */
	for (at = 0; at < trees.n; at += n) {
		n = trees.n - at < MESSAGE_FDS_MAX
		    ? (unsigned int)(trees.n - at)
		    : MESSAGE_FDS_MAX;
		if (message_send_fds(fd, TREES_LIST, NULL, 0, &trees.list[at],
			n, MSG_DONTWAIT) == -1)
			return -1;
	}
	if (trees.network > 0 &&
	    message_send_fds(fd, TREES_NETWORK, NULL, 0, &trees.network, 1,
		MSG_DONTWAIT) == -1)
		return -1;
	return message_send(fd, TREES_END, &total, sizeof(total), MSG_DONTWAIT);
}

void
trees_forget(void)
{
	while (trees.n > 0)
		close(trees.list[--trees.n]);
	if (trees.network > 0)
		close(trees.network);
	trees.network = 0;
}
