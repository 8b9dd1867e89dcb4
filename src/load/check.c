/*
 * check.c -- what goes together in a service, and whether the system has what
 * it names.
 */

#include "load/service.h"
#include "load/trust.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "load/text/listen.h"
#include "session/interpreter.h"

void
check_handler(struct loader *l, struct service *service)
{
	unsigned int chosen;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		chosen = setting_chooses(&settings[i]);
		if (chosen == 0 || !setting_is_set(&settings[i], service))
			continue;
		if (service->handler != 0)
			loader_error_at(l, &l->here,
			    "service \"%s\" has two handlers, \"%s\" and "
			    "\"%s\"",
			    service->name,
			    setting_handler_name(service->handler),
			    settings[i].name);
		service->handler = (enum handler)chosen;
	}
	if (service->handler == 0)
		loader_error_at(l, &l->here,
		    "service \"%s\" has no handler: add \"message\", "
		    "\"builtin\", \"exec\", \"commands\" or \"forward\"",
		    service->name);
}

static void
check_setting_handler(struct loader *l, const struct service *service,
    const struct setting *setting, const struct origin *origin)
{
	if (service->handler == 0 ||
	    (setting->handlers & service->handler) != 0)
		return;
	if (service->handler == HANDLER_COMMAND)
		loader_error_at(l, origin, "\"%s\" does not apply to a command",
		    setting->name);
	else if (setting->handlers == HANDLER_COMMAND)
		loader_error_at(l, origin,
		    "\"%s\" belongs in a command of \"commands\"",
		    setting->name);
	else
		loader_error_at(l, origin,
		    "\"%s\" does not apply to \"%s\" services", setting->name,
		    setting_handler_name(service->handler));
}

/* Whether an address of SERVICE meets NEED, a flag of a setting. */
static bool
listens_on(const struct service *service, unsigned int need)
{
	static const unsigned int met[] = {
		[LISTEN_ADDRESS] = NEEDS_ADDRESS,
		[LISTEN_PATH] = NEEDS_UNIX | NEEDS_FILE,
		[LISTEN_ABSTRACT] = NEEDS_UNIX,
		/* of any kind; the supervisor owns its file */
		[LISTEN_PASSED] = NEEDS_ADDRESS | NEEDS_UNIX,
	};
	size_t i;

	/* None at all is another error. */
	if (service->listen == NULL || service->listen[0] == NULL)
		return true;
	for (i = 0; service->listen[i] != NULL; i++)
		if ((met[listen_form(service->listen[i])] & need) != 0)
			return true;
	return false;
}

/* The other handlers read what clients send, and have a start to time. */
static bool
reads_preamble(const struct service *service)
{
	return service->proxy_from.n > 0 || service->tls ||
	    !(service->handler &
		(HANDLER_MESSAGE | HANDLER_EXEC | HANDLER_FORWARD));
}

/* What SETTING needs and SERVICE does not have, in words; or NULL. */
static const char *
missing_need(const struct service *service, const struct setting *setting)
{
	static const struct {
		unsigned int flag;
		const char *words;
	} needs[] = {
		{ NEEDS_UNIX, "a Unix socket in \"listen\"" },
		{ NEEDS_FILE, "a path in \"listen\"" },
		{ NEEDS_ADDRESS, "an address in \"listen\"" },
	};
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if ((setting->flags & needs[i].flag) != 0 &&
		    !listens_on(service, needs[i].flag))
			return needs[i].words;
	if ((setting->flags & NEEDS_PROXY) && !reads_preamble(service))
		return "\"proxy-from\" or \"tls = true\"";
	return tls_missing_need(service, setting->flags);
}

bool
check_applies(const struct service *service, const struct setting *setting)
{
	return (setting->handlers & service->handler) != 0 &&
	    missing_need(service, setting) == NULL &&
	    !(service->wait && (setting->flags & NOT_WAIT));
}

void
check_own(struct loader *l, const struct service *service)
{
	const char *need;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		if (l->own[i].file == NULL)
			continue;
		check_setting_handler(l, service, &settings[i], &l->own[i]);
		if ((need = missing_need(service, &settings[i])) != NULL)
			loader_error_at(l, &l->own[i], "\"%s\" needs %s",
			    settings[i].name, need);
	}
}

/* --- wait --- */

/*
 * The first address that is UDP, or is not; NULL for none.  The daemon checks
 * passed sockets (haild/listen/plan_passed.c).
 */
static const char *
find_listen(const struct service *service, bool dgram)
{
	size_t i;

	for (i = 0; service->listen != NULL && service->listen[i] != NULL; i++)
		if (listen_form(service->listen[i]) != LISTEN_PASSED &&
		    (strncmp(service->listen[i], "udp:", 4) == 0) == dgram)
			return service->listen[i];
	return NULL;
}

void
check_wait(struct loader *l, struct service *service)
{
	const char *text;
	size_t i;

	if (!service->wait) {
		if ((text = find_listen(service, true)) != NULL)
			loader_error_at(l, &l->here,
			    "listen \"%s\": UDP needs \"wait = true\"", text);
		return;
	}
	for (i = 0; i < nsettings; i++)
		if (l->own[i].file != NULL && (settings[i].flags & NOT_WAIT))
			loader_error_at(l, &l->own[i],
			    "\"%s\" does not apply to a service with \"wait\"",
			    settings[i].name);
	if (l->config->allow.n > 0 || l->config->deny.n > 0)
		loader_error_at(l, &l->here,
		    "\"allow\" and \"deny\" at the top level cannot apply to "
		    "service \"%s\": with \"wait\", its program accepts the "
		    "clients",
		    service->name);
	text = find_listen(service, false);
	if (service->handler == HANDLER_BUILTIN && text != NULL)
		loader_error_at(l, &l->here,
		    "listen \"%s\": \"wait\" with \"builtin\" needs UDP", text);
	if (config_is_health(service))
		loader_error_at(l, &l->here,
		    "builtin \"health\" needs TCP or a Unix socket, not "
		    "\"wait\"");
	/* A server that forks for each client may leave them running. */
	if (l->own[setting_index("leftovers")].file == NULL)
		service->leftovers = LEFTOVERS_KEEP;
	service->at_limit = AT_LIMIT_WAIT;
	service->session_timeout = -1;
}

/* --- paths --- */

/* PROGRAM, a file that can be executed, has an interpreter inside ROOT. */
static void
check_interpreter(struct loader *l, struct service *service, const char *name,
    const char *root, const char *program)
{
	enum interpreter kind;
	char text[INTERPRETER_MAX], full[4096];
	size_t n;

	kind = interpreter_find(program, text);
	if (kind == INTERPRETER_UNKNOWN)
		loader_report(l, false, ORIGIN(l, name),
		    "\"%s\": %s: is a script without a \"#!\" line", name,
		    program);
	if (kind != INTERPRETER_FOUND || text[0] != '/')
		return;
	snprintf(full, sizeof(full), "%s%s", root != NULL ? root : "", text);
	if (access(full, X_OK) == 0)
		return;
	n = strlen(text);
	if (text[n - 1] == '\r')
		loader_missing(l, service, ORIGIN(l, name),
		    "\"%s\": %s: its interpreter \"%.*s\" is followed by a "
		    "carriage return: remove it",
		    name, program, (int)n - 1, text);
	else
		loader_missing(l, service, ORIGIN(l, name),
		    "\"%s\": %s: its interpreter %s %s", name, program, full,
		    errno == ENOENT ? "does not exist" : "cannot be executed");
}

/* Check PATH inside ROOT (NULL: no chroot). */
static void
check_path(struct loader *l, struct service *service, const char *name,
    const char *root, const char *path, bool program)
{
	const struct origin *origin = ORIGIN(l, name);
	char full[4096];
	struct stat st;

	/* A path that is not absolute is an error already. */
	if (path == NULL || path[0] != '/' || (root != NULL && root[0] != '/'))
		return;
	snprintf(full, sizeof(full), "%s%s", root != NULL ? root : "", path);
	if (stat(full, &st) == -1)
		loader_missing(l, service, origin, "\"%s\": %s: %s", name, full,
		    strerror(errno));
	else if (!program && !S_ISDIR(st.st_mode))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not a directory", name, full);
	else if (program && S_ISDIR(st.st_mode))
		loader_missing(l, service, origin, "\"%s\": %s: is a directory",
		    name, full);
	else if (program &&
	    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0 ||
		access(full, X_OK) == -1))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not executable", name, full);
	else if (program)
		check_interpreter(l, service, name, root, full);
}

/*
 * What root executes nobody else can have written: the program, and with
 * tcpd(8) argv[0].
 */
static void
check_trust(struct loader *l, struct service *service)
{
	const char *const programs[] = { service->exec[0], service->argv0 };
	const struct identity *id = service->identity;
	char why[TRUST_WHY_MAX];
	size_t i;

	if (!l->source->root || id == NULL || id->uid != 0)
		return;
	for (i = 0; i < 2; i++)
		if (programs[i] != NULL && programs[i][0] == '/' &&
		    trust_program(service->chroot, programs[i], why) == -1)
			loader_missing(l, service,
			    ORIGIN(l, i == 0 ? "exec" : "argv0"),
			    "\"%s\": %s: %s", i == 0 ? "exec" : "argv0",
			    programs[i], why);
}

void
check_paths(struct loader *l, struct service *service)
{
	if (service->chroot != NULL)
		check_path(l, service, "chroot", NULL, service->chroot, false);
	if (service->handler != HANDLER_EXEC &&
	    service->handler != HANDLER_COMMAND)
		return;
	check_path(l, service, "directory", service->chroot, service->directory,
	    false);
	if (service->exec == NULL)
		return;
	check_path(l, service, "exec", service->chroot, service->exec[0], true);
	check_trust(l, service);
}
