#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char *const limit_names[RLIM_NLIMITS] = {
	[RLIMIT_AS] = "limit-as",
	[RLIMIT_CORE] = "limit-core",
	[RLIMIT_CPU] = "limit-cpu",
	[RLIMIT_DATA] = "limit-data",
	[RLIMIT_FSIZE] = "limit-fsize",
	[RLIMIT_LOCKS] = "limit-locks",
	[RLIMIT_MEMLOCK] = "limit-memlock",
	[RLIMIT_MSGQUEUE] = "limit-msgqueue",
	[RLIMIT_NICE] = "limit-nice",
	[RLIMIT_NOFILE] = "limit-nofile",
	[RLIMIT_NPROC] = "limit-nproc",
	[RLIMIT_RSS] = "limit-rss",
	[RLIMIT_RTPRIO] = "limit-rtprio",
	[RLIMIT_RTTIME] = "limit-rttime",
	[RLIMIT_SIGPENDING] = "limit-sigpending",
	[RLIMIT_STACK] = "limit-stack",
};

const char *
config_limit_name(int resource)
{
	return limit_names[resource];
}

const char *const config_load_kinds[] = {
	[LOAD_NONE] = "",
	[LOAD_START] = "start",
	[LOAD_RELOAD] = "reload",
	[LOAD_RETRY] = "retry",
	[LOAD_RESOLVE] = "resolve",
	[LOAD_TEST] = "test",
	[LOAD_DUMP] = "dump",
	[LOAD_EXPLAIN] = "explain",
	[LOAD_NKINDS] = NULL,
};

const char *const config_builtins[] = {
	[BUILTIN_CHARGEN] = "chargen",
	[BUILTIN_DAYTIME] = "daytime",
	[BUILTIN_DISCARD] = "discard",
	[BUILTIN_ECHO] = "echo",
	[BUILTIN_HEALTH] = "health",
	[BUILTIN_TIME] = "time",
	[NBUILTINS] = NULL,
};

int
config_find_word(const char *const *words, const char *word)
{
	int i = 0;

	while (words[i] != NULL && strcmp(words[i], word) != 0)
		i++;
	return i;
}

const char *
config_stamp_text(void)
{
	static char text[CONFIG_STAMP_MAX];

	if (text[0] == '\0')
		snprintf(text, sizeof(text), "%s/%s-%zu-%zu-%zu",
		    PACKAGE_VERSION, CONFIG_LAYOUT, sizeof(void *),
		    sizeof(struct config), sizeof(struct service));
	return text;
}

const char *
config_stamp_error(const char *program, const char *stamp)
{
	static char text[512];

	if (strcmp(stamp, config_stamp_text()) == 0)
		return NULL;
	snprintf(text, sizeof(text),
	    "%s is version %s, this haild is %s: finish the upgrade (apt-get "
	    "-f install) or reinstall haild, then start it again",
	    program, config_stamp_text(), stamp);
	return text;
}

int
config_answer_check(const char *program, const char *stamp)
{
	const char *error = config_stamp_error(program, stamp);

	if (error != NULL) {
		fprintf(stderr, "%s\n", error);
		return EX_TEMPFAIL;
	}
	printf("%s %s\n", program, config_stamp_text());
	return EXIT_SUCCESS;
}

const struct config *
config_check(const struct arena *arena)
{
	const struct config *config = (const void *)arena->base;

	return arena->used >= sizeof(*config) &&
		strncmp(config->stamp, config_stamp_text(),
		    sizeof(config->stamp)) == 0
	    ? config
	    : NULL;
}

const struct service *
config_find(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nservices; i++)
		if (config->services[i].name != NULL &&
		    strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

bool
config_lingers(const struct service *service)
{
	return service->linger && !service->tls &&
	    service->handler == HANDLER_EXEC && !service->wait &&
	    service->leftovers == LEFTOVERS_KILL;
}

bool
config_ends_on_reset(const struct service *service)
{
	return service->handler == HANDLER_FORWARD ||
	    (service->handler == HANDLER_EXEC &&
		service->on_disconnect == DISCONNECT_KILL);
}

bool
config_is_health(const struct service *service)
{
	return service->handler == HANDLER_BUILTIN &&
	    strcmp(service->builtin, config_builtins[BUILTIN_HEALTH]) == 0;
}

bool
config_needs_linger(const struct service *service)
{
	size_t i;

	/*
	 * With TLS, the relay has the client's socket and sends the remaining
	 * data.
	 */
	if (service->disable || service->tls)
		return false;
	if (service->busy != NULL)
		return true;
	/* On a Unix socket the answer arrives before the reset. */
	for (i = 0; i < service->nendpoints; i++)
		if (service->endpoints[i].addr.sa.sa_family != AF_UNIX)
			return config_lingers(service);
	return false;
}

/* No list has a target twice. */
bool
config_same_targets(const struct service *a, const struct service *b)
{
	size_t i, j;

	if (a->ntargets != b->ntargets ||
	    (a->handler == HANDLER_FORWARD &&
		(a->missing == NULL) != (b->missing == NULL)))
		return false;
	for (i = 0; i < a->ntargets; i++) {
		for (j = 0; j < b->ntargets; j++)
			if (addr_equal(
				&a->targets[i].addr, &b->targets[j].addr))
				break;
		if (j == b->ntargets)
			return false;
	}
	return true;
}

bool
config_has_target_names(const struct config *config, bool missing)
{
	size_t i;

	for (i = 0; i < config->nnames; i++)
		if (config->names[i].kind == NAME_TARGET &&
		    (!missing || config->names[i].naddrs == 0))
			return true;
	return false;
}

const struct service *
config_command(const struct service *service, const char *name)
{
	const struct service *c;

	if (service == NULL || service->commands == NULL)
		return NULL;
	for (c = service->commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
