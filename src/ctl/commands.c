#include "ctl/commands.h"

#include <string.h>
#include <syslog.h>

#include "ctl/explain.h"
#include "ctl/health.h"
#include "ctl/json.h"
#include "ctl/metrics.h"
#include "ctl/sessions.h"
#include "ctl/status.h"
#include "ctl/top.h"
#include "lib/io.h"
#include "lib/number.h"

#define TIMEOUT (10 * SECOND)
#define TIMEOUT_HTTP (5 * SECOND) /* shorter than a client waits */
#define TIMEOUT_RELOAD                                        \
	(70 * SECOND) /* longer than haild waits for a reload \
		       */

static bool
take_service(struct invocation *v, size_t i, const char *text)
{
	(void)i;
	v->request.service = text;
	return *text != '\0';
}

static bool
take_id(struct invocation *v, size_t i, const char *text)
{
	int64_t n;

	if (!number_parse(text, 1, UINT32_MAX, &n))
		return false;
	v->request.ids[i] = (uint32_t)n;
	v->request.nids = i + 1;
	return true;
}

static bool
take_level(struct invocation *v, size_t i, const char *text)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = { { "debug", LOG_DEBUG }, { "info", LOG_INFO },
		{ "notice", LOG_NOTICE }, { "warning", LOG_WARNING },
		{ "err", LOG_ERR }, { "error", LOG_ERR } };

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i].name, text) == 0) {
			v->request.level = levels[i].level;
			return true;
		}
	return false;
}

/* The service, the address, and the words of a command. */
static bool
take_client(struct invocation *v, size_t i, const char *text)
{
	if (i == 0)
		v->request.service = text;
	else if (i == 1)
		v->request.address = text;
	else
		v->request.words[v->request.nwords++] = text;
	return *text != '\0' || i > 1;
}

#define STATUS_KINDS                                                 \
	(JSON_KIND(ANSWER_HAILD) | JSON_KIND(ANSWER_DAEMON) |        \
	    JSON_KIND(ANSWER_SERVICE) | JSON_KIND(ANSWER_LISTENER) | \
	    JSON_KIND(ANSWER_CERTIFICATE) | JSON_KIND(ANSWER_COUNT))

const struct command commands[] = {
	{ .name = "status",
	    .help = "show the state of haild and its services",
	    .request = CONTROL_STATUS,
	    .timeout = TIMEOUT,
	    .kinds = STATUS_KINDS,
	    .show = status_show },
	{ .name = "sessions",
	    .arguments = "[service]",
	    .help = "list the sessions",
	    .request = CONTROL_SESSIONS,
	    .timeout = TIMEOUT,
	    .kinds = JSON_KIND(ANSWER_SESSION),
	    .max = 1,
	    .argument = take_service,
	    .show = sessions_show },
	{ .name = "sources",
	    .arguments = "[service]",
	    .help = "list the sources of clients, and their limits",
	    .request = CONTROL_SOURCES,
	    .timeout = TIMEOUT,
	    .kinds = JSON_KIND(ANSWER_SOURCE),
	    .max = 1,
	    .argument = take_service,
	    .show = sessions_show_sources },
	{ .name = "top",
	    .arguments = "[-d time] [-n count] [-o column]",
	    .help = "show the sessions continuously",
	    .request = CONTROL_SESSIONS,
	    .timeout = TIMEOUT,
	    .options = COMMAND_DELAY | COMMAND_COUNT | COMMAND_SORT,
	    .run = top_run },
	{ .name = "explain",
	    .arguments =
		"[-c file] service address "
		"[--identity name | --uid user] [command [argument ...]]",
	    .help = "tell whether and how haild would serve a client",
	    .request = CONTROL_EXPLAIN,
	    .timeout = TIMEOUT,
	    .options = COMMAND_IDENTITY | COMMAND_UID | COMMAND_CONFIG,
	    .kinds = JSON_KIND(ANSWER_FACT),
	    .min = 2,
	    .max = 2 + CONTROL_WORDS_MAX,
	    .argument = take_client,
	    .show = explain_show,
	    .options_end = 3 },
	{ .name = "metrics",
	    .arguments = "[--http]",
	    .help = "print counters for a monitoring system (OpenMetrics)",
	    .request = CONTROL_COUNTS,
	    .timeout = TIMEOUT_HTTP,
	    .options = COMMAND_HTTP,
	    .kinds = STATUS_KINDS,
	    .run = metrics_run },
	{ .name = "health",
	    .arguments = "[--http]",
	    .help = "tell whether haild is ready for clients",
	    .request = CONTROL_STATUS,
	    .timeout = TIMEOUT_HTTP,
	    .options = COMMAND_HTTP,
	    .kinds = JSON_KIND(ANSWER_HAILD),
	    .run = health_run },
	{ .name = "kill",
	    .arguments = "id ... | --service name | --source address | "
			 "--identity name",
	    .help = "end sessions",
	    .request = CONTROL_KILL,
	    .timeout = TIMEOUT,
	    .options = COMMAND_SERVICE | COMMAND_SOURCE | COMMAND_IDENTITY,
	    .max = CONTROL_IDS_MAX,
	    .argument = take_id },
	{ .name = "drain",
	    .arguments = "[--wait[=time]] [service]",
	    .help = "accept no more clients; sessions continue",
	    .request = CONTROL_DRAIN,
	    .timeout = TIMEOUT,
	    .options = COMMAND_WAIT,
	    .max = 1,
	    .argument = take_service },
	{ .name = "resume",
	    .arguments = "[service]",
	    .help = "accept clients again",
	    .request = CONTROL_RESUME,
	    .timeout = TIMEOUT,
	    .max = 1,
	    .argument = take_service },
	{ .name = "reload",
	    .help = "read the configuration again, and wait for the result",
	    .request = CONTROL_RELOAD,
	    .timeout = TIMEOUT_RELOAD },
	{ .name = "upgrade",
	    .help = "replace the running haild by the installed one",
	    .request = CONTROL_UPGRADE,
	    .timeout = TIMEOUT_RELOAD },
	{ .name = "stop",
	    .help = "stop haild, and wait until it has stopped",
	    .request = CONTROL_STOP,
	    .timeout = -1 },
	{ .name = "log",
	    .arguments = "debug | info | notice | warning | err",
	    .help = "log messages of this level and above",
	    .request = CONTROL_LOG,
	    .timeout = TIMEOUT,
	    .min = 1,
	    .max = 1,
	    .argument = take_level },
};
const size_t ncommands = sizeof(commands) / sizeof(commands[0]);

const struct command *
commands_find(const char *name)
{
	size_t i;

	for (i = 0; i < ncommands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
