#include "session/forward_connect.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/connect.h"
#include "lib/io.h"

/* The result of an attempt to connect. */
struct attempt {
	enum connect_status status;
	int fd;		 /* if CONNECT_OK */
	int error;	 /* otherwise: errno, or 0 */
	const char *why; /* in words */
};

static struct attempt
fail(int error)
{
	return (struct attempt) { CONNECT_FAILED, -1, error, strerror(error) };
}

/* Connect from the socket's directory, then return to the empty root. */
static enum connect_status
connect_unix(const struct forward_target *target, const struct connect_how *how,
    struct connect_result *result)
{
	enum connect_status status;

	if (target->directory == -1)
		return connect_path(result, target->path, how);
	if (fchdir(target->directory) == -1) {
		result->failure = errno;
		return CONNECT_FAILED;
	}
	status = connect_path(result, target->path, how);
	if (chdir("/") == 0)
		return status;
	result->failure = errno;
	if (status == CONNECT_OK)
		close(result->fd);
	return CONNECT_FAILED;
}

static struct attempt
try(const struct forward_target *target, const struct addr *source,
    const int *client, int64_t timeout)
{
	const struct connect_how how = { .source = source,
		.watched = client,
		.silent = true,
		.deadline = clock_after(clock_now(), timeout) };
	struct connect_result result;
	enum connect_status status;

	if (target->loop)
		return (struct attempt) { CONNECT_FAILED, -1, 0,
			"leads back to this service" };
	if (target->error != 0)
		return fail(target->error);
	status = target->addr.sa.sa_family == AF_UNIX
	    ? connect_unix(target, &how, &result)
	    : connect_addrs(&result, &target->addr, 1, &how);
	if (status == CONNECT_OK && result.broken != 0) {
		close(result.fd);
		return fail(result.broken);
	}
	if (status == CONNECT_FAILED)
		return fail(result.failure);
	return (struct attempt) { status, result.fd, ETIMEDOUT, "no answer" };
}

/* Append the failure A to the list in TEXT. */
static void
append_failure(const struct attempt *a, const struct forward_target *target,
    int64_t timeout, char *text, size_t size)
{
	size_t used = strlen(text);
	char within[32] = "";

	if (a->status == CONNECT_TIMED_OUT)
		snprintf(within, sizeof(within), " within %" PRId64 "s",
		    timeout / SECOND);
	snprintf(text + used, size - used, "%s%s: %s%s", used > 0 ? "; " : "",
	    target->text, a->why, within);
}

int
forward_connect(const struct forward_targets *t, int client, int64_t timeout,
    struct outcome *outcome, char *text, size_t size)
{
	const struct forward_target *target = t->list;
	struct attempt a;

	*outcome = (struct outcome) { OUTCOME_NO_TARGET, 0 };
	text[0] = '\0';
	for (; target < t->list + t->n; target++) {
		a = try(target, t->source, &client, timeout);
		if (a.status == CONNECT_OK) {
			fcntl(a.fd, F_SETFL, O_NONBLOCK);
			snprintf(text, size, "to %s", target->text);
			return a.fd;
		}
		outcome->number = a.error;
		append_failure(&a, target, timeout, text, size);
		if (a.status == CONNECT_ABANDONED) {
			*outcome = (struct outcome) { OUTCOME_DISCONNECT, 0 };
			break;
		}
	}
	return -1;
}
