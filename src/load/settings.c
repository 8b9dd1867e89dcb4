#include "load/settings.h"

#include <string.h>
#include <sysexits.h>

#include "control/protocol.h"
#include "lib/log.h"
#include "load/text/suggest.h"

/* In the order of the enums in config.h. */
static const char *const at_limit_words[] = { "wait", "refuse", NULL };
static const char *const leftovers_words[] = { "kill", "keep", NULL };
static const char *const stderr_words[] = { "log", "client", "discard", NULL };
static const char *const minimum_words[] = { "1.3", "1.2", NULL };
static const char *const client_words[] = { "none", "optional", "required",
	"any", NULL };
static const char *const format_words[] = { "text", "json", NULL };
static const char *const address_words[] = { "full", "prefix", NULL };
static const char *const policy_words[] = { "first", "round-robin", NULL };
static const char *const header_words[] = { "none", "v1", "v2", NULL };
static const char *const truncation_words[] = { "continue", "kill", NULL };
const char *const preset_words[] = { "none", "basic", "strict", NULL };
static const char *const system_words[] = { "no", "yes", "full", "strict",
	NULL };
static const char *const home_words[] = { "no", "yes", "read-only", "tmpfs",
	NULL };
static const char *const oom_words[] = { "continue", "kill", NULL };
static const char *const disconnect_words[] = { "kill", "continue", NULL };

#define HOUR INT64_C(3600) /* in seconds */
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

#define ALL HANDLER_ANY
#define EXEC HANDLER_EXEC
#define SERVED HANDLER_OWN
#define FORWARD HANDLER_FORWARD
#define COMMANDS HANDLER_COMMANDS
#define COMMAND HANDLER_COMMAND
/* What a service of any kind has, and a command can have for itself. */
#define EACH (HANDLER_ANY | HANDLER_COMMAND)
/* What programs have, be it one for a service or one for a command. */
#define RUN (EXEC | COMMANDS | COMMAND)

#define TASKS_MAX 4194304 /* PID_MAX_LIMIT of the kernel */

#define FIELD(f) offsetof(struct service, f)
#define TOTAL(f) offsetof(struct config, f)
#define LIMIT(n) FIELD(limits) + (n) * sizeof(struct limit)

/* clang-format off */
const struct setting settings[] = {
{ "max-sessions",       &type_number,     TOTAL(max_sessions),     GLOBAL,  ALL,                    0, "1024", 1, SESSIONS_MAX, NULL },
{ "max-per-source",     &type_number,     TOTAL(max_per_source),   GLOBAL,  ALL,                    NONE, NULL, 1, SESSIONS_MAX, NULL },
{ "max-load",           &type_load,       TOTAL(max_load),         GLOBAL,  ALL,                    NONE, "\"none\"", 1, 100000000, NULL },
{ "allow",              &type_prefixes,   TOTAL(allow),            GLOBAL,  ALL,                    0, NULL, 0, 0, NULL },
{ "deny",               &type_prefixes,   TOTAL(deny),             GLOBAL,  ALL,                    0, NULL, 0, 0, NULL },
{ "control",            &type_socket,     TOTAL(control),          GLOBAL,  ALL,                    NONE, "\"" CONTROL_SOCKET "\"", 0, 0, NULL },
{ "control-group",      &type_string,     TOTAL(control_group),    GLOBAL,  ALL,                    0, NULL, 0, 0, NULL },
{ "stop-timeout",       &type_duration,   TOTAL(stop_timeout),     GLOBAL,  ALL,                    0, "\"30s\"", 0, YEAR, NULL },
{ "resolve-interval",   &type_duration,   TOTAL(resolve_interval), GLOBAL,  ALL,                    NONE, "\"5m\"", 1, YEAR, NULL },
{ "drain-delay",        &type_duration,   TOTAL(drain_delay),      GLOBAL,  ALL,                    0, "\"0s\"", 0, YEAR, NULL },
{ "strict-start",       &type_boolean,    TOTAL(strict_start),     GLOBAL,  ALL,                    0, "false", 0, 0, NULL },
{ "log-facility",       &type_facility,   TOTAL(log_facility),     GLOBAL,  ALL,                    0, "\"daemon\"", 0, 0, NULL },
{ "log-format",         &type_word,       TOTAL(log_format),       GLOBAL,  ALL,                    0, "\"text\"", 0, 0, format_words },
{ "log-address",        &type_word,       TOTAL(log_address),      GLOBAL,  ALL,                    0, "\"full\"", 0, 0, address_words },
{ "inetd-conf",         &type_path,       TOTAL(inetd_conf),       GLOBAL,  ALL,                    NOT_PRINTED, NULL, 0, 0, NULL },

{ "listen",             &type_strings,    FIELD(listen),           OWN,     ALL,                    0, NULL, 0, 0, NULL },
{ "backlog",            &type_number,     FIELD(backlog),          DEFAULT, ALL,                    0, "4096", 1, 65535, NULL },
{ "socket-user",        &type_string,     FIELD(socket_user),      DEFAULT, ALL,                    NEEDS_FILE, NULL, 0, 0, NULL },
{ "socket-group",       &type_string,     FIELD(socket_group),     DEFAULT, ALL,                    NEEDS_FILE, NULL, 0, 0, NULL },
{ "socket-mode",        &type_mode,       FIELD(socket_mode),      DEFAULT, ALL,                    NEEDS_FILE, "\"0600\"", 0, 0, NULL },
{ "freebind",           &type_boolean,    FIELD(freebind),         DEFAULT, ALL,                    0, "false", 0, 0, NULL },
{ "interface",          &type_interface,  FIELD(interface),        DEFAULT, ALL,                    NONE | NEEDS_ADDRESS, NULL, 0, 0, NULL },
{ "defer-accept",       &type_duration,   FIELD(defer_accept),     OWN,     ALL,                    NONE | NEEDS_ADDRESS, "\"none\"", 1, HOUR, NULL },
{ "wait",               &type_boolean,    FIELD(wait),             OWN,     EXEC | HANDLER_BUILTIN, 0, "false", 0, 0, NULL },
{ "disable",            &type_boolean,    FIELD(disable),          OWN,     ALL,                    0, "false", 0, 0, NULL },

{ "message",            &type_string,     FIELD(message),          OWN,     ALL,                    CHOOSES(HANDLER_MESSAGE), NULL, 0, 0, NULL },
{ "builtin",            &type_builtin,    FIELD(builtin),          OWN,     ALL,                    CHOOSES(HANDLER_BUILTIN), NULL, 0, 0, config_builtins },
{ "exec",               &type_program,    FIELD(exec),             OWN,     EACH,                   CHOOSES(HANDLER_EXEC), NULL, 0, 0, NULL },
{ "argv0",              &type_string,     FIELD(argv0),            OWN,     EXEC,                   0, NULL, 0, 0, NULL },
{ "commands",           &type_commands,   FIELD(commands),         OWN,     ALL,                    CHOOSES(HANDLER_COMMANDS), NULL, 0, 0, NULL },
{ "forward",            &type_targets,    FIELD(forward),          OWN,     ALL,                    CHOOSES(HANDLER_FORWARD), NULL, 0, 64, NULL },
{ "forward-policy",     &type_word,       FIELD(forward_policy),   DEFAULT, FORWARD,                0, "\"first\"", 0, 0, policy_words },
{ "forward-source",     &type_string,     FIELD(forward_source),   OWN,     FORWARD,                0, NULL, 0, 0, NULL },
{ "forward-proxy",      &type_word,       FIELD(forward_proxy),    DEFAULT, FORWARD,                0, "\"none\"", 0, 0, header_words },
{ "connect-timeout",    &type_duration,   FIELD(connect_timeout),  DEFAULT, FORWARD,                0, "\"10s\"", 1, DAY, NULL },

{ "user",               &type_user,       FIELD(user),             DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "group",              &type_string,     FIELD(group),            DEFAULT, EACH,                   ROOT | IDENTITY, NULL, 0, 0, NULL },
{ "groups",             &type_strings,    FIELD(groups),           DEFAULT, EACH,                   ROOT | IDENTITY, NULL, 0, 0, NULL },
{ "chroot",             &type_path,       FIELD(chroot),           DEFAULT, EACH,                   ROOT | IDENTITY, NULL, 0, 0, NULL },
{ "directory",          &type_path,       FIELD(directory),        DEFAULT, RUN,                    0, "\"/\"", 0, 0, NULL },
{ "umask",              &type_mode,       FIELD(umask),            DEFAULT, RUN,                    0, "\"022\"", 0, 0, NULL },
{ "nice",               &type_number,     FIELD(nice),             DEFAULT, EACH,                   IDENTITY, "0", -20, 19, NULL },
{ "environment",        &type_environment, FIELD(environment),      DEFAULT, RUN,                    0, NULL, 0, 0, NULL },
{ "no-new-privileges",  &type_boolean,    FIELD(no_new_privileges), DEFAULT, RUN,                    0, NULL, 0, 0, NULL },

{ "limit-as",           &type_limit,      LIMIT(RLIMIT_AS),        DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-core",         &type_limit,      LIMIT(RLIMIT_CORE),      DEFAULT, EACH,                   IDENTITY, "0", 0, 0, NULL },
{ "limit-cpu",          &type_limit,      LIMIT(RLIMIT_CPU),       DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-data",         &type_limit,      LIMIT(RLIMIT_DATA),      DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-fsize",        &type_limit,      LIMIT(RLIMIT_FSIZE),     DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-locks",        &type_limit,      LIMIT(RLIMIT_LOCKS),     DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-memlock",      &type_limit,      LIMIT(RLIMIT_MEMLOCK),   DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-msgqueue",     &type_limit,      LIMIT(RLIMIT_MSGQUEUE),  DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-nice",         &type_limit,      LIMIT(RLIMIT_NICE),      DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-nofile",       &type_limit,      LIMIT(RLIMIT_NOFILE),    DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-nproc",        &type_limit,      LIMIT(RLIMIT_NPROC),     DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-rss",          &type_limit,      LIMIT(RLIMIT_RSS),       DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-rtprio",       &type_limit,      LIMIT(RLIMIT_RTPRIO),    DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-rttime",       &type_limit,      LIMIT(RLIMIT_RTTIME),    DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-sigpending",   &type_limit,      LIMIT(RLIMIT_SIGPENDING), DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },
{ "limit-stack",        &type_limit,      LIMIT(RLIMIT_STACK),     DEFAULT, EACH,                   IDENTITY, NULL, 0, 0, NULL },

{ "sandbox",                  &type_word,         FIELD(sandbox),                     DEFAULT, RUN,             0, "\"none\"", 0, 0, preset_words },
{ "private-network",          &type_boolean,      FIELD(private_network),             DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "private-tmp",              &type_boolean,      FIELD(private_tmp),                 DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "private-devices",          &type_boolean,      FIELD(private_devices),             DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "private-pids",             &type_boolean,      FIELD(private_pids),                DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "private-ipc",              &type_boolean,      FIELD(private_ipc),                 DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "protect-hostname",         &type_boolean,      FIELD(protect_hostname),            DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "protect-system",           &type_word,         FIELD(protect_system),              DEFAULT, RUN,             0, "\"no\"", 0, 0, system_words },
{ "protect-home",             &type_word,         FIELD(protect_home),                DEFAULT, RUN,             0, "\"no\"", 0, 0, home_words },
{ "read-only-paths",          &type_mount_paths,  FIELD(read_only_paths),             DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "read-write-paths",         &type_mount_paths,  FIELD(read_write_paths),            DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "inaccessible-paths",       &type_mount_paths,  FIELD(inaccessible_paths),          DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "bind-paths",               &type_binds,        FIELD(bind_paths),                  DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "bind-read-only-paths",     &type_binds,        FIELD(bind_read_only_paths),        DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "system-call-filter",       &type_strings,      FIELD(system_call_filter),          DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "restrict-address-families", &type_strings,      FIELD(restrict_address_families),   DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "restrict-namespaces",      &type_boolean,      FIELD(restrict_namespaces),         DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "landlock-scope",           &type_boolean,      FIELD(landlock_scope),              DEFAULT, RUN,             0, "false", 0, 0, NULL },
{ "capabilities",             &type_capabilities, FIELD(capabilities),                DEFAULT, RUN,             0, NULL, 0, 0, NULL },
{ "memory-max",               &type_size,         FIELD(memory_max),                  DEFAULT, RUN,             NONE, "\"none\"", 65536, INT64_MAX, NULL },
{ "tasks-max",                &type_number,       FIELD(tasks_max),                   DEFAULT, RUN,             NONE, "\"none\"", 1, TASKS_MAX, NULL },
{ "cpu-quota",                &type_quota,        FIELD(cpu_quota),                   DEFAULT, RUN,             NONE, "\"none\"", 100, 100000000, NULL },
{ "service-memory-max",       &type_size,         FIELD(service_memory_max),          OWN,     EXEC | COMMANDS, NONE, "\"none\"", 65536, INT64_MAX, NULL },
{ "service-tasks-max",        &type_number,       FIELD(service_tasks_max),           OWN,     EXEC | COMMANDS, NONE, "\"none\"", 1, TASKS_MAX, NULL },
{ "oom-policy",               &type_word,         FIELD(oom_policy),                  DEFAULT, RUN,             0, "\"kill\"", 0, 0, oom_words },
{ "oom-score-adjust",         &type_number,       FIELD(oom_score_adjust),            DEFAULT, RUN,             0, "0", -1000, 1000, NULL },
{ "cpu-affinity",             &type_cpus,         FIELD(cpu_affinity),                DEFAULT, RUN,             0, NULL, 0, 0, NULL },

{ "max-sessions",       &type_number,     FIELD(max_sessions),     OWN,     EACH,                   NOT_WAIT, "256", 1, SESSIONS_MAX, NULL },
{ "max-per-source",     &type_number,     FIELD(max_per_source),   OWN,     ALL,                    NONE | NOT_WAIT, "32", 1, SESSIONS_MAX, NULL },
{ "source-prefix-v4",   &type_number,     FIELD(source_v4),        DEFAULT, ALL,                    NEEDS_ADDRESS | NOT_WAIT, "32", 0, 32, NULL },
{ "source-prefix-v6",   &type_number,     FIELD(source_v6),        DEFAULT, ALL,                    NEEDS_ADDRESS | NOT_WAIT, "64", 0, 128, NULL },
{ "rate",               &type_rate,       FIELD(rate),             DEFAULT, ALL,                    NONE, "\"none\"", 0, 0, NULL },
{ "rate-per-source",    &type_rate,       FIELD(rate_per_source),  DEFAULT, ALL,                    NONE | NOT_WAIT, NULL, 0, 0, NULL },
{ "at-limit",           &type_word,       FIELD(at_limit),         DEFAULT, ALL,                    NOT_WAIT, "\"wait\"", 0, 0, at_limit_words },
{ "busy-message",       &type_string,     FIELD(busy_message),     DEFAULT, ALL,                    NOT_WAIT, NULL, 0, 0, NULL },
{ "allow",              &type_prefixes,   FIELD(allow),            OWN,     EACH,                   NEEDS_ADDRESS | NOT_WAIT | NOT_INHERITED, NULL, 0, 0, NULL },
{ "deny",               &type_prefixes,   FIELD(deny),             OWN,     EACH,                   NEEDS_ADDRESS | NOT_WAIT | NOT_INHERITED, NULL, 0, 0, NULL },
{ "allow-user",         &type_strings,    FIELD(allow_user),       DEFAULT, EACH,                   NEEDS_UNIX | NOT_WAIT | IDENTITY | NOT_INHERITED, NULL, 0, 0, NULL },
{ "allow-group",        &type_strings,    FIELD(allow_group),      DEFAULT, EACH,                   NEEDS_UNIX | NOT_WAIT | IDENTITY | NOT_INHERITED, NULL, 0, 0, NULL },
{ "proxy-from",         &type_prefixes,   FIELD(proxy_from),       DEFAULT, ALL,                    NEEDS_ADDRESS | NOT_WAIT, NULL, 0, 0, NULL },
{ "tls",                &type_boolean,     FIELD(tls),              DEFAULT, ALL,                    0, "false", 0, 0, NULL },
{ "tls-certificate",    &type_paths,       FIELD(tls_certificate),  DEFAULT, ALL,                    NEEDS_TLS, NULL, 0, 0, NULL },
{ "tls-key",            &type_paths,       FIELD(tls_key),          DEFAULT, ALL,                    NEEDS_TLS, NULL, 0, 0, NULL },
{ "tls-minimum",        &type_word,        FIELD(tls_minimum),      DEFAULT, ALL,                    NEEDS_TLS, "\"1.3\"", 0, 0, minimum_words },
{ "tls-alpn",           &type_protocols,   FIELD(tls_alpn),         DEFAULT, ALL,                    NEEDS_TLS, NULL, 0, 8, NULL },
{ "tls-priority",       &type_string,      FIELD(tls_priority),     DEFAULT, ALL,                    NEEDS_TLS, NULL, 0, 0, NULL },
{ "tls-client",         &type_word,        FIELD(tls_client),       DEFAULT, ALL,                    NEEDS_TLS, "\"none\"", 0, 0, client_words },
{ "tls-client-ca",      &type_paths,       FIELD(tls_client_ca),    DEFAULT, ALL,                    NEEDS_CLIENT, NULL, 0, 0, NULL },
{ "tls-client-crl",     &type_paths,       FIELD(tls_client_crl),   DEFAULT, ALL,                    NEEDS_CLIENT, NULL, 0, 0, NULL },
{ "identities",         &type_paths,       FIELD(identities),       DEFAULT, ALL,                    NEEDS_CLIENT, NULL, 0, 8, NULL },
{ "allow-identity",     &type_identities,  FIELD(allow_identity),   OWN,     EACH,                   NEEDS_NAMES | NOT_INHERITED, NULL, 0, 0, NULL },
{ "max-per-identity",   &type_number,      FIELD(max_per_identity), OWN,     ALL,                    NONE | NEEDS_NAMES, NULL, 1, SESSIONS_MAX, NULL },
{ "on-truncation",      &type_word,        FIELD(on_truncation),    DEFAULT, ALL,                    NEEDS_TLS, "\"continue\"", 0, 0, truncation_words },
{ "start-timeout",      &type_duration,   FIELD(start_timeout),    DEFAULT, ALL,                    NONE | NEEDS_PROXY, "\"10s\"", 1, YEAR, NULL },
{ "idle-timeout",       &type_duration,   FIELD(idle_timeout),     DEFAULT, SERVED,                 NONE, "\"none\"", 1, YEAR, NULL },
{ "tcp-keepalive",      &type_duration,   FIELD(tcp_keepalive),    DEFAULT, ALL,                    NONE | NEEDS_ADDRESS, "\"10m\"", 1, DAY, NULL },
{ "session-timeout",    &type_duration,   FIELD(session_timeout),  DEFAULT, EACH,                   NONE | NOT_WAIT, "\"none\"", 1, YEAR, NULL },
{ "kill-grace",         &type_duration,   FIELD(kill_grace),       DEFAULT, EACH,                   0, "\"5s\"", 0, YEAR, NULL },
{ "leftovers",          &type_word,       FIELD(leftovers),        DEFAULT, RUN,                    0, "\"kill\"", 0, 0, leftovers_words },
{ "on-disconnect",      &type_word,       FIELD(on_disconnect),    DEFAULT, RUN,                    NOT_WAIT, "\"kill\"", 0, 0, disconnect_words },
{ "linger",             &type_boolean,    FIELD(linger),           DEFAULT, EXEC,                   NEEDS_ADDRESS | NOT_WAIT, "true", 0, 0, NULL },
{ "stderr",             &type_word,       FIELD(stderr_to),        DEFAULT, EXEC,                   0, "\"log\"", 0, 0, stderr_words },
{ "log-start",          &type_boolean,    FIELD(log_start),        DEFAULT, ALL,                    0, "false", 0, 0, NULL },

{ "name",               &type_command_name, FIELD(wire_name),        OWN,     COMMAND,                0, NULL, 0, 0, NULL },
{ "stdin",              &type_boolean,    FIELD(takes_stdin),      OWN,     COMMAND,                0, "false", 0, 0, NULL },
{ "args",               &type_arg_count,  FIELD(args),             OWN,     COMMAND,                0, "\"0\"", 0, 0, NULL },
{ "arg-match",          &type_patterns,   FIELD(arg_match),        OWN,     COMMAND,                0, NULL, 0, 0, NULL },
{ "arg-dash",           &type_boolean,    FIELD(arg_dash),         OWN,     COMMAND,                0, "false", 0, 0, NULL },
{ "accept-env",         &type_variables,  FIELD(accept_env),       OWN,     COMMAND,                0, NULL, 0, 0, NULL },
{ "mask-args",          &type_positions,  FIELD(mask_args),        OWN,     COMMAND,                0, NULL, 0, 0, NULL },
{ "summary",            &type_string,     FIELD(summary),          OWN,     COMMAND,                0, NULL, 0, 0, NULL },
{ "help",               &type_string,     FIELD(help),             OWN,     COMMAND,                0, NULL, 0, 0, NULL },
};
/* clang-format on */

const size_t nsettings = sizeof(settings) / sizeof(settings[0]);

const struct setting *
setting_find(const char *name, bool in_service)
{
	const struct setting *other = NULL;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		if (strcmp(settings[i].name, name) != 0)
			continue;
		if (in_service == (settings[i].scope != GLOBAL))
			return &settings[i];
		other = &settings[i];
	}
	return other;
}

size_t
setting_index(const char *name)
{
	return (size_t)(setting_find(name, true) - settings);
}

const char *
setting_handler_name(enum handler handler)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (setting_chooses(&settings[i]) == (unsigned int)handler)
			return settings[i].name;
	return "";
}

unsigned int
setting_chooses(const struct setting *s)
{
	return s->flags / CHOOSES(1);
}

void *
setting_field(const struct setting *s, const void *base)
{
	return (char *)(uintptr_t)base + s->offset;
}

bool
setting_is_set(const struct setting *s, const void *base)
{
	static const char zeros[sizeof(struct prefixes) + sizeof(struct limit)];

	return s->type->always ||
	    memcmp(setting_field(s, base), zeros, s->type->size) != 0;
}

/* --- reading --- */

static void
read_value(struct loader *l, const struct setting *s, struct service *service,
    const config_setting_t *v)
{
	const struct reading r = { l, s, v, config_setting_get_string(v) };
	bool may_be_none = (s->flags & NONE) != 0;
	void *field = setting_field(s,
	    s->scope == GLOBAL ? (const void *)l->config
			       : (const void *)service);

	if (may_be_none && r.text != NULL && strcmp(r.text, "none") == 0)
		memcpy(field, s->type->none, s->type->size);
	else if (!s->type->parse(&r, field))
		loader_error(l, v, "\"%s\" must be %s%s", s->name,
		    s->type->form, may_be_none ? " or \"none\"" : "");
}

void
settings_read_text(struct loader *l, const struct setting *s,
    struct service *service, const char *text)
{
	char line[1024];
	config_t tree;

	snprintf(line, sizeof(line), "x = %s", text);
	config_init(&tree);
	if (!config_read_string(&tree, line))
		fatalx(
		    EX_SOFTWARE, "cannot read the default of \"%s\"", s->name);
	read_value(l, s, service, config_lookup(&tree, "x"));
	config_destroy(&tree);
}

/* Defaults are read by the same code as what people write. */
void
settings_preset(struct loader *l, struct service *service)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (settings[i].preset != NULL)
			settings_read_text(
			    l, &settings[i], service, settings[i].preset);
}

/* What is named like NAME where it was written, or else anywhere. */
static void
report_unknown(struct loader *l, const config_setting_t *v, const char *name,
    bool in_service)
{
	enum setting_scope not_here = in_service ? GLOBAL : OWN;
	struct suggestion guess;
	char text[SUGGEST_TEXT_MAX];
	size_t i;

	suggest_begin(&guess, name);
	for (i = 0; i < nsettings; i++)
		if (settings[i].scope != not_here)
			suggest_name(&guess, settings[i].name);
	for (i = 0; i < nsettings; i++)
		if (settings[i].scope == not_here)
			suggest_name(&guess, settings[i].name);
	if (suggest_foreign(name) != NULL)
		guess.best = suggest_foreign(name);
	loader_error(l, v, "unknown setting \"%s\"%s", name,
	    suggest_print(&guess, text, sizeof(text)));
}

void
settings_read(struct loader *l, struct service *service, bool in_service,
    const config_setting_t *v, struct origin *origins)
{
	const char *name = config_setting_name(v);
	const struct setting *s = setting_find(name, in_service);

	if (s == NULL)
		report_unknown(l, v, name, in_service);
	else if (in_service && s->scope == GLOBAL)
		loader_error(l, v,
		    "\"%s\" applies to all services: move it to the top level",
		    name);
	else if (!in_service && s->scope == OWN)
		loader_error(l, v, "\"%s\" belongs in a service", name);
	else if (!in_service && origins[s - settings].file != NULL)
		loader_error(l, v, "\"%s\" is already set at %s:%d", name,
		    origins[s - settings].file, origins[s - settings].line);
	else {
		origins[s - settings] = loader_origin(l, v);
		if (s->type != &type_prefixes) /* its entries have them */
			origins[s - settings].lines = list_lines(l, v);
		read_value(l, s, service, v);
	}
}

void
settings_read_group(struct loader *l, struct service *service,
    const config_setting_t *group, const struct origin *outer,
    struct origin *own, struct origin *all)
{
	unsigned int at, n = (unsigned int)config_setting_length(group);
	size_t i;

	memset(own, 0, nsettings * sizeof(*own));
	for (at = 0; at < n; at++)
		settings_read(
		    l, service, true, config_setting_get_elem(group, at), own);
	for (i = 0; i < nsettings; i++)
		all[i] = own[i].file != NULL ? own[i] : outer[i];
	l->here = loader_origin(l, group);
	l->own = own;
	l->origins = all;
}
