#include "lib/resolve.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/process.h"

/* The child writes one of these into the pipe, all at once (pipe(7)). */
struct answer {
	int error;	  /* of getaddrinfo */
	int system_error; /* errno, when that is EAI_SYSTEM */
	int n;
	struct addr list[RESOLVE_MAX];
};
static_assert(sizeof(struct answer) <= PIPE_BUF, "must be written at once");

/* The same address may come several times, for example from hosts(5). */
static void
answer_add(struct answer *answer, const struct addrinfo *ai)
{
	struct addr a;
	int i;

	if (answer->n == RESOLVE_MAX || ai->ai_addrlen > sizeof(a) ||
	    (ai->ai_family != AF_INET && ai->ai_family != AF_INET6))
		return;
	memset(&a, 0, sizeof(a));
	memcpy(&a.sa, ai->ai_addr, ai->ai_addrlen);
	a.len = ai->ai_addrlen;
	for (i = 0; i < answer->n; i++)
		if (addr_equal(&answer->list[i], &a))
			return;
	answer->list[answer->n++] = a;
}

static void __attribute__((noreturn))
child(int fd, const char *host, const char *port, int family)
{
	/*
	 * Without AI_ADDRCONFIG, which would hide ::1 on a host that has no
	 * network; an unreachable address costs only one failed connect.
	 */
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL, *ai;
	struct answer answer;

	memset(&answer, 0, sizeof(answer)); /* padding is written, too */
	answer.error = getaddrinfo(host, port, &hints, &all);
	answer.system_error = errno;
	for (ai = all; ai != NULL; ai = ai->ai_next)
		answer_add(&answer, ai);
	_exit(io_write_all(fd, &answer, sizeof(answer)) == 0 ? 0 : 1);
}

/*
 * Look HOST up in a child.  Returns 1 with the answer, 0 at the deadline, -1
 * with ERR set.
 */
static int
look_up(struct answer *answer, const char *host, const char *port, int family,
    int64_t deadline, char *err, size_t size)
{
	int fds[2], status;
	siginfo_t info;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		snprintf(
		    err, size, "cannot create a pipe: %s", strerror(errno));
		return -1;
	}
	if ((pid = fork()) == -1) {
		snprintf(err, size, "cannot fork: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (pid == 0)
		child(fds[1], host, port, family);
	close(fds[1]);
	status = io_wait(fds[0], POLLIN, deadline);
	if (status > 0)
		status =
		    io_read(fds[0], answer, sizeof(*answer)) == sizeof(*answer)
		    ? 1
		    : -1;
	if (status == -1)
		snprintf(
		    err, size, "the resolver process ended without an answer");
	close(fds[0]);
	kill(pid, SIGKILL);
	process_wait(pid, clock_now() + SECOND, &info);
	return status;
}

int
resolve(struct addr list[RESOLVE_MAX], const char *host, const char *port,
    int family, int64_t deadline, char *err, size_t size)
{
	struct answer answer;
	int number, status;

	if (!addr_port_is_possible(port)) {
		snprintf(err, size, "\"%s\" is not a port", port);
		return -1;
	}
	number = addr_port_number(port);
	if (number > 0 &&
	    addr_from_numeric(&list[0], host, (unsigned int)number) == 0 &&
	    (family == AF_UNSPEC || family == list[0].sa.sa_family))
		return 1;

	status = look_up(&answer, host, port, family, deadline, err, size);
	if (status != 1)
		return status;
	if (answer.error == EAI_SERVICE)
		snprintf(err, size, "unknown port \"%s\"", port);
	else if (answer.error != 0)
		snprintf(err, size, "%s",
		    answer.error == EAI_SYSTEM ? strerror(answer.system_error)
					       : gai_strerror(answer.error));
	else if (answer.n == 0)
		snprintf(err, size, "the host has no address");
	if (answer.error != 0 || answer.n == 0)
		return -1;
	memcpy(list, answer.list, (size_t)answer.n * sizeof(list[0]));
	return answer.n;
}
