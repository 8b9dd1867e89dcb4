/*
 * settings.c -- the kinds of values, and the one table of names.
 */

#include "load/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <libutil.h>
#include <stdlib.h>
#include <string.h>

#include "session/builtin.h"
#include "lib/io.h"
#include "load/loader.h"
#include "lib/log.h"
#include "load/value.h"

#define UNUSED __attribute__((unused))

#define REFUSE(l, v, ...) (loader_error((l), (v), __VA_ARGS__), -1)

/* --- text --- */

static int
string_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);

	if (text == NULL)
		return REFUSE(
		    l, v, "\"%s\" must be a string, in quotes", s->name);
	*(const char **)field = arena_strdup(l->arena, text);
	return 0;
}

bool
setting_pointer_is_set(const void *field)
{
	return *(void *const *)field != NULL;
}

static void
string_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	value_print_string(*(const char *const *)field, out);
}

static const struct type string = { string_parse, setting_pointer_is_set,
	string_print };

static int
path_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	if (string_parse(l, s, field, v) == -1)
		return -1;
	if (**(const char **)field != '/')
		return REFUSE(l, v, "\"%s\": \"%s\" is not an absolute path",
		    s->name, *(const char **)field);
	return 0;
}

static const struct type path = { path_parse, setting_pointer_is_set,
	string_print };

/* What another file says is printed in its place, so that it is not printed. */
static bool
never_set(const void *field UNUSED)
{
	return false;
}

static const struct type other_file = { path_parse, never_set, string_print };

int
setting_parse_strings(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char **list;
	int i, n;

	if (!config_setting_is_array(v) && !config_setting_is_list(v))
		return REFUSE(l, v,
		    "\"%s\" must be a list of strings, as [\"a\", \"b\"]",
		    s->name);
	n = config_setting_length(v);
	list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(v, i);

		if (text == NULL)
			return REFUSE(l, v,
			    "\"%s\" must be a list of strings, as "
			    "[\"a\", \"b\"]",
			    s->name);
		list[i] = arena_strdup(l->arena, text);
	}
	*(const char *const **)field = list;
	return 0;
}

void
setting_print_strings(
    const struct setting *s UNUSED, const void *field, FILE *out)
{
	const char *const *list = *(const char *const *const *)field;
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != NULL; i++) {
		if (i > 0)
			fputs(", ", out);
		value_print_string(list[i], out);
	}
	fputc(']', out);
}

static const struct type strings = { setting_parse_strings,
	setting_pointer_is_set, setting_print_strings };

static int
program_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;

	if (setting_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	if (list[0] == NULL)
		return REFUSE(l, v, "\"%s\" names no program", s->name);
	if (list[0][0] != '/')
		return REFUSE(l, v, "\"%s\": \"%s\" is not an absolute path",
		    s->name, list[0]);
	return 0;
}

static const struct type program = { program_parse, setting_pointer_is_set,
	setting_print_strings };

static int
environment_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	size_t i;

	if (setting_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	for (i = 0; list[i] != NULL; i++)
		if (strchr(list[i], '=') == NULL || list[i][0] == '=')
			return REFUSE(l, v,
			    "\"%s\": \"%s\" is not of the form NAME=value",
			    s->name, list[i]);
	return 0;
}

static const struct type environment = { environment_parse,
	setting_pointer_is_set, setting_print_strings };

/* --- numbers --- */

static bool
always_set(const void *field UNUSED)
{
	return true;
}

static int
in_range(struct loader *l, const struct setting *s, const config_setting_t *v,
    int64_t n)
{
	if (n < s->min || n > s->max)
		return REFUSE(l, v,
		    "\"%s\" must be from %" PRId64 " to %" PRId64, s->name,
		    s->min, s->max);
	return 0;
}

static int
number_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int64_t n;

	if (!value_get_number(v, &n))
		return REFUSE(l, v, "\"%s\" must be a whole number", s->name);
	if (in_range(l, s, v, n) == -1)
		return -1;
	*(int64_t *)field = n;
	return 0;
}

static void
number_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "%" PRId64, *(const int64_t *)field);
}

static const struct type number = { number_parse, always_set, number_print };

static int
boolean_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	if (config_setting_type(v) != CONFIG_TYPE_BOOL)
		return REFUSE(l, v, "\"%s\" must be true or false", s->name);
	*(bool *)field = config_setting_get_bool(v) != 0;
	return 0;
}

static void
boolean_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "true" : "false", out);
}

static const struct type boolean = { boolean_parse, always_set, boolean_print };

/* A boolean that knows whether it was written. */
static int
tristate_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	bool b;

	if (boolean_parse(l, s, &b, v) == -1)
		return -1;
	*(int64_t *)field = b;
	return 0;
}

static bool
tristate_is_set(const void *field)
{
	return *(const int64_t *)field != -1;
}

static void
tristate_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fputs(*(const int64_t *)field ? "true" : "false", out);
}

static const struct type tristate = { tristate_parse, tristate_is_set,
	tristate_print };

static int
mode_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '7')
		return REFUSE(l, v,
		    "\"%s\" must be an octal number in quotes, as \"0660\"",
		    s->name);
	n = strtol(text, &end, 8);
	if (*end != '\0' || n > 0777)
		return REFUSE(l, v,
		    "\"%s\" must be an octal number in quotes, as \"0660\"",
		    s->name);
	*(int64_t *)field = n;
	return 0;
}

static void
mode_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "\"%04o\"", (unsigned int)*(const int64_t *)field);
}

static const struct type mode = { mode_parse, always_set, mode_print };

static int
duration_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL && strcmp(text, "none") == 0 && s->min == -1) {
		*(int64_t *)field = -1;
		return 0;
	}
	if (text != NULL ? value_parse_duration(text, &n) == -1
			 : !value_get_number(v, &n))
		return REFUSE(l, v,
		    "\"%s\" must be a duration, as \"30s\", \"5m\", \"1h\"%s",
		    s->name, s->min == -1 ? " or \"none\"" : "");
	if (n < (s->min == -1 ? 1 : s->min) || n > s->max)
		return REFUSE(l, v, "\"%s\" must be from %s to %" PRId64 "d",
		    s->name, s->min == 0 ? "0s" : "1s", s->max / 86400);
	*(int64_t *)field = n * SECOND;
	return 0;
}

static void
duration_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	char text[32];

	fprintf(out, "\"%s\"",
	    value_format_duration(*(const int64_t *)field, text, sizeof(text)));
}

static const struct type duration = { duration_parse, always_set,
	duration_print };

static int
limit_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	struct limit *limit = field;
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL && value_parse_limit(text, limit) == 0)
		return 0;
	if (text == NULL && value_get_number(v, &n) && n >= 0) {
		*limit = (struct limit) { true, (rlim_t)n, (rlim_t)n };
		return 0;
	}
	return REFUSE(l, v,
	    "\"%s\" must be a limit, as 64, \"64K\", \"64K:1M\" or "
	    "\"unlimited\"",
	    s->name);
}

static bool
limit_is_set(const void *field)
{
	return ((const struct limit *)field)->set;
}

static void
limit_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	char text[64];

	fprintf(out, "\"%s\"", value_format_limit(field, text, sizeof(text)));
}

static const struct type limit = { limit_parse, limit_is_set, limit_print };

/* A number, or "none", which is -1. */
static int
count_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL && strcmp(text, "none") == 0) {
		*(int64_t *)field = -1;
		return 0;
	}
	if (!value_get_number(v, &n))
		return REFUSE(
		    l, v, "\"%s\" must be a whole number or \"none\"", s->name);
	if (in_range(l, s, v, n) == -1)
		return -1;
	*(int64_t *)field = n;
	return 0;
}

static void
count_print(const struct setting *s, const void *field, FILE *out)
{
	if (*(const int64_t *)field == -1)
		fputs("\"none\"", out);
	else
		number_print(s, field, out);
}

static const struct type count = { count_parse, always_set, count_print };

/* A load average, in hundredths, or "none", which is -1. */
static int
load_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL && strcmp(text, "none") == 0)
		n = -1;
	else if (value_get_hundredths(v, &n) == -1 || n < s->min || n > s->max)
		return REFUSE(l, v,
		    "\"%s\" must be a load average, as 4.5, or \"none\"",
		    s->name);
	*(int64_t *)field = n;
	return 0;
}

static void
load_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	int64_t n = *(const int64_t *)field;

	if (n == -1)
		fputs("\"none\"", out);
	else
		fprintf(out, "%" PRId64 ".%02d", n / 100, (int)(n % 100));
}

static const struct type load = { load_parse, always_set, load_print };

static int
rate_setting_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);

	if (text != NULL && strcmp(text, "none") == 0)
		*(struct rate *)field = (struct rate) { 0 };
	else if (text == NULL || rate_parse(field, text) == -1)
		return REFUSE(l, v,
		    "\"%s\" must be a rate, as \"50/s\", \"300/m\", "
		    "\"50/s:100\" or \"none\"",
		    s->name);
	return 0;
}

static void
rate_setting_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const struct rate *r = field;
	char text[64];

	fprintf(out, "\"%s\"",
	    r->count == 0 ? "none" : rate_print(r, text, sizeof(text)));
}

static const struct type rate = { rate_setting_parse, always_set,
	rate_setting_print };

/* --- networks --- */

static int
prefixes_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	struct prefixes *all = field;
	struct prefix_node *list;
	const char *const *texts;
	char error[256];
	int i, n, bad = 0;

	if (setting_parse_strings(l, s, &texts, v) == -1)
		return -1;
	n = config_setting_length(v);
	list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (prefix_parse(&list[i].prefix, texts[i], error,
			sizeof(error)) == -1) {
			loader_error(l, v, "\"%s\": %s", s->name, error);
			bad = -1;
		}
	all->list = list;
	all->n = prefixes_link(list, (size_t)n);
	return bad;
}

static bool
prefixes_set(const void *field)
{
	return ((const struct prefixes *)field)->list != NULL;
}

static void
prefixes_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const struct prefixes *all = field;
	char text[PREFIX_TEXT_MAX];
	size_t i;

	fputc('[', out);
	for (i = 0; i < all->n; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    prefix_print(&all->list[i].prefix, text, sizeof(text)));
	fputc(']', out);
}

static const struct type prefixes = { prefixes_parse, prefixes_set,
	prefixes_print };

/* --- words --- */

static int
word_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	char all[256] = "";
	int i;

	for (i = 0; s->words[i] != NULL; i++) {
		if (text != NULL && strcmp(text, s->words[i]) == 0) {
			*(int64_t *)field = i;
			return 0;
		}
		if (i > 0)
			strlcat(all, s->words[i + 1] != NULL ? ", " : " or ",
			    sizeof(all));
		strlcat(all, "\"", sizeof(all));
		strlcat(all, s->words[i], sizeof(all));
		strlcat(all, "\"", sizeof(all));
	}
	return REFUSE(l, v, "\"%s\" must be %s", s->name, all);
}

static void
word_print(const struct setting *s, const void *field, FILE *out)
{
	fprintf(out, "\"%s\"", s->words[*(const int64_t *)field]);
}

static const struct type word = { word_parse, always_set, word_print };

static int
builtin_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	char all[256];

	if (string_parse(l, s, field, v) == -1)
		return -1;
	if (builtin_find(*(const char **)field) == NULL)
		return REFUSE(l, v, "unknown builtin \"%s\": there are %s",
		    *(const char **)field, builtin_list(all, sizeof(all)));
	return 0;
}

static const struct type builtin = { builtin_parse, setting_pointer_is_set,
	string_print };

static int
facility_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int n;

	if (text == NULL)
		return REFUSE(
		    l, v, "\"%s\" must be a string, in quotes", s->name);
	if ((n = log_facility_number(text)) == -1)
		return REFUSE(l, v, "unknown facility \"%s\"", text);
	*(int64_t *)field = n;
	return 0;
}

static void
facility_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "\"%s\"", log_facility_name((int)*(const int64_t *)field));
}

static const struct type facility = { facility_parse, always_set,
	facility_print };

/* --- the table --- */

/* In the order of the enums in config.h. */
static const char *const at_limit_words[] = { "wait", "refuse", NULL };
static const char *const leftovers_words[] = { "kill", "keep", NULL };
static const char *const stderr_words[] = { "log", "client", "discard", NULL };
static const char *const disconnect_words[] = { "kill", "continue", NULL };

#define DAY INT64_C(86400) /* in seconds */
#define YEAR (365 * DAY)

#define ALL HANDLER_ANY
#define EXEC HANDLER_EXEC
#define SERVED (HANDLER_MESSAGE | HANDLER_BUILTIN)
#define COMMANDS HANDLER_COMMANDS
#define COMMAND HANDLER_COMMAND
/* What a service of any kind has, and a command can have for itself. */
#define EACH (HANDLER_ANY | HANDLER_COMMAND)
/* What programs have, be it one for a service or one for a command. */
#define RUN (EXEC | COMMANDS | COMMAND)

#define FIELD(f) offsetof(struct service, f)
#define TOTAL(f) offsetof(struct config, f)
#define LIMIT(n) FIELD(limits) + (n) * sizeof(struct limit)

/* clang-format off */
const struct setting settings[] = {
{ "max-sessions",   &number,  TOTAL(max_sessions),   GLOBAL, ALL, "1024", 1, SESSIONS_MAX, NULL },
{ "max-per-source", &count,   TOTAL(max_per_source), GLOBAL, ALL, "\"none\"", 1, SESSIONS_MAX, NULL },
{ "max-load",       &load,    TOTAL(max_load),       GLOBAL, ALL, "\"none\"", 1, 100000000, NULL },
{ "allow",          &prefixes, TOTAL(allow),         GLOBAL, ALL, NULL, 0, 0, NULL },
{ "deny",           &prefixes, TOTAL(deny),          GLOBAL, ALL, NULL, 0, 0, NULL },
{ "stop-timeout",   &duration, TOTAL(stop_timeout),  GLOBAL, ALL, "\"30s\"", 0, YEAR, NULL },
{ "strict-start",   &boolean, TOTAL(strict_start),   GLOBAL, ALL, "false", 0, 0, NULL },
{ "log-facility",   &facility, TOTAL(log_facility),  GLOBAL, ALL, "\"daemon\"", 0, 0, NULL },
{ "inetd-conf",     &other_file, TOTAL(inetd_conf),  GLOBAL, ALL, NULL, 0, 0, NULL },

{ "listen",         &strings, FIELD(listen),         OWN, ALL, NULL, 0, 0, NULL },
{ "backlog",        &number,  FIELD(backlog),        DEFAULT, ALL, "4096", 1, 65535, NULL },
{ "socket-user",    &string,  FIELD(socket_user),    DEFAULT, ALL, NULL, 0, 0, NULL },
{ "socket-group",   &string,  FIELD(socket_group),   DEFAULT, ALL, NULL, 0, 0, NULL },
{ "socket-mode",    &mode,    FIELD(socket_mode),    DEFAULT, ALL, "\"0600\"", 0, 0, NULL },
{ "freebind",       &boolean, FIELD(freebind),       DEFAULT, ALL, "false", 0, 0, NULL },
{ "wait",           &boolean, FIELD(wait),           OWN, EXEC | HANDLER_BUILTIN, "false", 0, 0, NULL },
{ "disable",        &boolean, FIELD(disable),        OWN, ALL, "false", 0, 0, NULL },

{ "message",        &string,  FIELD(message),        OWN, ALL, NULL, 0, 0, NULL },
{ "builtin",        &builtin, FIELD(builtin),        OWN, ALL, NULL, 0, 0, NULL },
{ "exec",           &program, FIELD(exec),           OWN, EACH, NULL, 0, 0, NULL },
{ "argv0",          &string,  FIELD(argv0),          OWN, EXEC, NULL, 0, 0, NULL },
{ "commands",       &type_commands, FIELD(commands), OWN, ALL, NULL, 0, 0, NULL },

{ "user",           &string,  FIELD(user),           DEFAULT, EACH, NULL, 0, 0, NULL },
{ "group",          &string,  FIELD(group),          DEFAULT, EACH, NULL, 0, 0, NULL },
{ "groups",         &strings, FIELD(groups),         DEFAULT, EACH, NULL, 0, 0, NULL },
{ "chroot",         &path,    FIELD(chroot),         DEFAULT, EACH, NULL, 0, 0, NULL },
{ "directory",      &path,    FIELD(directory),      DEFAULT, RUN, "\"/\"", 0, 0, NULL },
{ "umask",          &mode,    FIELD(umask),          DEFAULT, RUN, "\"022\"", 0, 0, NULL },
{ "nice",           &number,  FIELD(nice),           DEFAULT, EACH, "0", -20, 19, NULL },
{ "environment",    &environment, FIELD(environment), DEFAULT, RUN, NULL, 0, 0, NULL },
{ "no-new-privileges", &tristate, FIELD(no_new_privileges), DEFAULT, RUN, NULL, 0, 0, NULL },

{ "limit-as",       &limit, LIMIT(RLIMIT_AS),         DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-core",     &limit, LIMIT(RLIMIT_CORE),       DEFAULT, EACH, "0", 0, 0, NULL },
{ "limit-cpu",      &limit, LIMIT(RLIMIT_CPU),        DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-data",     &limit, LIMIT(RLIMIT_DATA),       DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-fsize",    &limit, LIMIT(RLIMIT_FSIZE),      DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-locks",    &limit, LIMIT(RLIMIT_LOCKS),      DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-memlock",  &limit, LIMIT(RLIMIT_MEMLOCK),    DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-msgqueue", &limit, LIMIT(RLIMIT_MSGQUEUE),   DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-nice",     &limit, LIMIT(RLIMIT_NICE),       DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-nofile",   &limit, LIMIT(RLIMIT_NOFILE),     DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-nproc",    &limit, LIMIT(RLIMIT_NPROC),      DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-rss",      &limit, LIMIT(RLIMIT_RSS),        DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-rtprio",   &limit, LIMIT(RLIMIT_RTPRIO),     DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-rttime",   &limit, LIMIT(RLIMIT_RTTIME),     DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-sigpending", &limit, LIMIT(RLIMIT_SIGPENDING), DEFAULT, EACH, NULL, 0, 0, NULL },
{ "limit-stack",    &limit, LIMIT(RLIMIT_STACK),      DEFAULT, EACH, NULL, 0, 0, NULL },

{ "max-sessions",   &number,  FIELD(max_sessions),   OWN, EACH, "256", 1, SESSIONS_MAX, NULL },
{ "max-per-source", &count,   FIELD(max_per_source), OWN, ALL, "32", 1, SESSIONS_MAX, NULL },
{ "source-prefix-v4", &number, FIELD(source_v4),     DEFAULT, ALL, "32", 0, 32, NULL },
{ "source-prefix-v6", &number, FIELD(source_v6),     DEFAULT, ALL, "64", 0, 128, NULL },
{ "rate",           &rate,    FIELD(rate),           DEFAULT, ALL, "\"none\"", 0, 0, NULL },
{ "rate-per-source", &rate,   FIELD(rate_per_source), DEFAULT, ALL, "\"none\"", 0, 0, NULL },
{ "at-limit",       &word,    FIELD(at_limit),       DEFAULT, ALL, "\"wait\"", 0, 0, at_limit_words },
{ "busy-message",   &string,  FIELD(busy_message),   DEFAULT, ALL, NULL, 0, 0, NULL },
{ "allow",          &prefixes, FIELD(allow),         OWN, EACH, NULL, 0, 0, NULL },
{ "deny",           &prefixes, FIELD(deny),          OWN, EACH, NULL, 0, 0, NULL },
{ "allow-user",     &strings, FIELD(allow_user),     DEFAULT, EACH, NULL, 0, 0, NULL },
{ "allow-group",    &strings, FIELD(allow_group),    DEFAULT, EACH, NULL, 0, 0, NULL },
{ "proxy-from",     &prefixes, FIELD(proxy_from),    DEFAULT, ALL, NULL, 0, 0, NULL },
{ "start-timeout",  &duration, FIELD(start_timeout), DEFAULT, ALL, "\"10s\"", -1, YEAR, NULL },
{ "idle-timeout",   &duration, FIELD(idle_timeout),  DEFAULT, SERVED, "\"none\"", -1, YEAR, NULL },
{ "tcp-keepalive",  &duration, FIELD(tcp_keepalive), DEFAULT, ALL, "\"10m\"", -1, DAY, NULL },
{ "session-timeout", &duration, FIELD(session_timeout), DEFAULT, EACH, "\"none\"", -1, YEAR, NULL },
{ "kill-grace",     &duration, FIELD(kill_grace),    DEFAULT, EACH, "\"5s\"", 0, YEAR, NULL },
{ "leftovers",      &word,    FIELD(leftovers),      DEFAULT, RUN, "\"kill\"", 0, 0, leftovers_words },
{ "on-disconnect",  &word,    FIELD(on_disconnect),  DEFAULT, RUN, "\"kill\"", 0, 0, disconnect_words },
{ "stderr",         &word,    FIELD(stderr_to),      DEFAULT, EXEC, "\"log\"", 0, 0, stderr_words },
{ "log-start",      &boolean, FIELD(log_start),      DEFAULT, ALL, "false", 0, 0, NULL },

{ "stdin",          &boolean, FIELD(takes_stdin),    OWN, COMMAND, "false", 0, 0, NULL },
{ "args",           &type_arg_count, FIELD(args),    OWN, COMMAND, "\"0\"", 0, 0, NULL },
{ "arg-match",      &type_patterns, FIELD(arg_match), OWN, COMMAND, NULL, 0, 0, NULL },
{ "arg-dash",       &boolean, FIELD(arg_dash),       OWN, COMMAND, "false", 0, 0, NULL },
{ "accept-env",     &type_variables, FIELD(accept_env), OWN, COMMAND, NULL, 0, 0, NULL },
{ "mask-args",      &type_positions, FIELD(mask_args), OWN, COMMAND, NULL, 0, 0, NULL },
{ "summary",        &string,  FIELD(summary),        OWN, COMMAND, NULL, 0, 0, NULL },
{ "help",           &string,  FIELD(help),           OWN, COMMAND, NULL, 0, 0, NULL },
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
	const struct setting *s = setting_find(name, true);

	return (size_t)(s - settings);
}
