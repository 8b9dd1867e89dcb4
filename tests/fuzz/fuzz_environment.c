/*
 * fuzz_environment.c -- what a supervisor may have put into the environment:
 * values for LISTEN_FDS, LISTEN_PID, WATCHDOG_USEC, WATCHDOG_PID,
 * NOTIFY_SOCKET and LISTEN_FDNAMES, a line each.  A process ID "=" is ours.
 */

#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "config/passed.h"
#include "lib/io.h"
#include "lib/log.h"
#include "haild/inherit.h"
#include "haild/systemd.h"

static const char *const names[] = { "LISTEN_FDS", "LISTEN_PID",
	"WATCHDOG_USEC", "WATCHDOG_PID", "NOTIFY_SOCKET", "LISTEN_FDNAMES" };
enum { NNAMES = sizeof(names) / sizeof(names[0]) };

/* An empty line is a variable that is not there, "-" an empty one. */
static void
set(const char *name, const char *value)
{
	char own[32];

	snprintf(own, sizeof(own), "%ld", (long)getpid());
	if (strcmp(value, "=") == 0)
		value = own;
	if (value[0] != '\0')
		MUST(
		    setenv(name, strcmp(value, "-") == 0 ? "" : value, 1) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *line;
	char *passed[LISTEN_FDS_MAX];
	struct notify notify;
	int i, n;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	log_init("fuzz", 0, LOG_DAEMON, LOG_DEBUG);
	for (i = 0; i < NNAMES && (line = strsep(&rest, "\n")) != NULL; i++)
		set(names[i], line);
	n = listen_fds(passed);
	MUST(n >= -1 && n <= LISTEN_FDS_MAX);
	for (i = 0; i < LISTEN_FDS_MAX; i++) {
		MUST(passed[i] == NULL ||
		    (i < n && passed[i][0] != '\0' &&
			passed_is_valid(passed[i])));
		free(passed[i]);
	}
	if (notify_open(&notify) == -1)
		MUST(notify.fd == -1);
	MUST(notify.watchdog >= 0 && notify.watchdog % (SECOND / 1000000) == 0);
	MUST(notify.fd == -1 ||
	    (notify.to.len > 0 && notify.to.len <= sizeof(notify.to.un)));
	/* It is not told: somebody could be there. */
	close(notify.fd);
	for (i = 0; i < NNAMES; i++)
		MUST(getenv(names[i]) == NULL);
	free(text);
	return 0;
}
