#include "session/forward_connect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/connect.h"
#include "lib/io.h"
#include "lib/log.h"

void
forward_targets_prepare(struct forward_targets *t, const struct session *s)
{
	const struct service *service = s->service;
	size_t i, first = service->forward_policy == FORWARD_ROUND_ROBIN
	    ? s->turn % service->ntargets
	    : 0;
	struct addr *source = NULL;

	t->n = service->ntargets;
	if ((t->list = calloc(t->n, sizeof(*t->list))) == NULL ||
	    (service->source != NULL &&
		(source = malloc(sizeof(*source))) == NULL))
		fatal(EX_OSERR, "%s: cannot copy the targets", service->name);
	for (i = 0; i < t->n; i++) {
		t->list[i] = service->targets[(first + i) % t->n];
		t->list[i].text = strdup(t->list[i].text);
	}
	if (source != NULL)
		*source = *service->source;
	t->source = source;
}

/* Returns a descriptor, or -1 with errno. */
static int
connect_one(const struct target *target, const struct addr *source,
    int64_t timeout)
{
	const struct connect_how how = { .source = source,
		.deadline = clock_after(clock_now(), timeout) };
	struct connect_result result;
	enum connect_status status;

	status = target->addr.sa.sa_family == AF_UNIX
	    ? connect_path(&result, target->text, &how)
	    : connect_addrs(&result, &target->addr, 1, &how);
	if (status == CONNECT_OK)
		return result.fd;
	errno = status == CONNECT_TIMED_OUT ? ETIMEDOUT : ECONNREFUSED;
	return -1;
}

int
forward_connect(const struct forward_targets *t, const struct service *service,
    char *text, size_t size, int *error)
{
	size_t i, used = 0;
	int fd;

	text[0] = '\0';
	for (i = 0; i < t->n; i++) {
		fd = connect_one(
		    &t->list[i], t->source, service->connect_timeout);
		if (fd != -1) {
			snprintf(text, size, "to %s", t->list[i].text);
			return fd;
		}
		*error = errno;
		used = strlen(text);
		snprintf(text + used, size - used, "%s%s: %s",
		    i > 0 ? "; " : "", t->list[i].text, strerror(errno));
	}
	return -1;
}
