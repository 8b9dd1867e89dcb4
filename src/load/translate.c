#include "load/inetd.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"
#include "lib/addr.h"
#include "lib/bucket.h"
#include "lib/io.h"
#include "lib/log.h"
#include "load/memory.h"
#include "load/service.h"
#include "load/text/value.h"

#define MAX_DEFAULT 256 /* starts per minute, inetd's default */

struct translation {
	FILE *out;
	struct loader *l;
	struct origin here;
	char *addresses; /* for lines without any, or NULL */
	bool skip;	 /* lines with keys, up to a semicolon */
	void *names;	 /* a tree (tsearch(3)) of struct name */
};

/* The name of a service, or "service/tcp". */
struct name {
	unsigned int number; /* of the last service with that name, or 0 */
	bool six;	     /* "service/tcp" has a line with tcp6 */
	char text[];
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(
	    ((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* The name TEXT, added if it is new. */
static struct name *
enter_name(struct translation *t, const char *text)
{
	size_t size = strlen(text) + 1;
	struct name *name = memory_resize(NULL, 1, sizeof(*name) + size);
	struct name **found;

	name->number = 0;
	name->six = false;
	memcpy(name->text, text, size);
	if ((found = tsearch(name, &t->names, compare_names)) == NULL)
		fatal(EX_OSERR, "cannot read inetd.conf");
	if (*found != name)
		free(name);
	return *found;
}

/*
 * A name for a service: its own and its protocol's, in the characters that
 * libconfig allows, and a number if that name exists.
 */
static const char *
add_name(struct translation *t, const struct inetd_line *l)
{
	enum { ROOM = SERVICE_NAME_MAX - 11 }; /* for "-" and a number */
	char name[ROOM + 1], numbered[SERVICE_NAME_MAX + 1], *p;
	const char *service = l->service;
	struct name *first, *found;
	bool digit;

	while (*service != '\0' && !isalnum((unsigned char)*service))
		service++;
	digit = isdigit((unsigned char)*service);
	snprintf(name, sizeof(name), "%s%.*s-%s",
	    digit		   ? "port-"
		: *service == '\0' ? "service"
				   : "",
	    ROOM - (int)sizeof("service-tcp6only"), service, l->protocol);
	for (p = name; *p != '\0'; p++)
		if (strchr("0123456789-_abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			*p) == NULL)
			*p = '-';
	first = found = enter_name(t, name);
	while (found->number > 0) {
		snprintf(
		    numbered, sizeof(numbered), "%s-%u", name, ++first->number);
		found = enter_name(t, numbered);
	}
	found->number = 1;
	return found->text;
}

/* What all lines of a service over one protocol have in common. */
static struct name *
find_twins(struct translation *t, const struct inetd_line *l)
{
	char *key =
	    memory_printf("%s/%s", l->service, l->dgram ? "udp" : "tcp");
	struct name *name = enter_name(t, key);

	free(key);
	return name;
}

/* Note the lines of TEXT for IPv6 alone, before any is translated. */
static void
note_six(struct translation *t, const char *text)
{
	char *copy = memory_strdup(text), *rest = copy, *line;
	struct inetd_line l;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (inetd_parse(line, &l) == 0 && l.kind == INETD_SERVICE &&
		    l.family == AF_INET6)
			find_twins(t, &l)->six = true;
	free(copy);
}

/* With a line for tcp6 beside it, tcp is IPv4, as in OpenBSD. */
static sa_family_t
wanted_family(struct translation *t, const struct inetd_line *l)
{
	return l->family == AF_UNSPEC && find_twins(t, l)->six ? AF_INET
							       : l->family;
}

/* Whether HOST is an address of the line's family; reports if it is not. */
static bool
check_family(
    struct translation *t, const struct inetd_line *l, const char *host)
{
	struct addr a;

	if (addr_from_numeric(&a, host, 0) == -1)
		loader_error_at(t->l, &t->here,
		    "\"%s\" with \"%s\" must be an address, not a name", host,
		    l->protocol);
	else if (a.sa.sa_family != l->family)
		loader_error_at(t->l, &t->here,
		    "address \"%s\" does not match \"%s\"", host, l->protocol);
	else
		return true;
	return false;
}

/* One of "listen": "[udp:]address:service".  Returns 0, or -1 (reported). */
static int
put_address(
    struct translation *t, const struct inetd_line *l, char *word, FILE *out)
{
	sa_family_t family = wanted_family(t, l);
	size_t len = strlen(word);
	const char *host = word;
	char *text;

	if (word[0] == '[' && len > 2 && word[len - 1] == ']') {
		word[len - 1] = '\0';
		host++;
	}
	if (strcmp(host, "*") == 0)
		host = family == AF_INET ? "0.0.0.0"
		    : family == AF_INET6 ? "::"
					 : "*";
	if (l->family != AF_UNSPEC && !check_family(t, l, host))
		return -1;
	text =
	    memory_printf(strchr(host, ':') != NULL ? "%s[%s]:%s" : "%s%s:%s",
		l->dgram ? "udp:" : "", host, l->service);
	value_print_string(text, out);
	free(text);
	return 0;
}

/* "listen", into the heap; NULL after an error was reported. */
static char *
listen_text(struct translation *t, const struct inetd_line *l)
{
	const char *from = l->addresses != NULL ? l->addresses
	    : t->addresses != NULL		? t->addresses
						: "*";
	char *hosts = memory_strdup(from), *rest = hosts, *host, *text;
	bool first = true, failed = false;
	FILE *out = memory_open(&text);

	if (l->family == AF_UNIX) {
		value_print_string(l->service, out);
		rest = NULL;
	}
	while (rest != NULL && (host = strsep(&rest, ",")) != NULL) {
		if (!first)
			fputs(", ", out);
		first = false;
		if (host[0] == '\0') {
			loader_error_at(t->l, &t->here,
			    "\"%s\" has an empty address", from);
			failed = true;
		} else if (put_address(t, l, host, out) == -1)
			failed = true;
	}
	free(hosts);
	memory_close(out);
	if (failed) {
		free(text);
		text = NULL;
	}
	return text;
}

static void
put_setting(struct translation *t, const char *name, const char *value)
{
	fprintf(t->out, " %s = ", name);
	value_print_string(value, t->out);
}

/* Quotes that were meant to keep a word together do not. */
static void
warn_of_quotes(struct translation *t, const struct inetd_line *l)
{
	size_t i;

	for (i = 0; l->args[i] != NULL; i++)
		if (l->args[i][0] == '"' || l->args[i][0] == '\'') {
			loader_report(t->l, false, &t->here,
			    "argument %s: quotes have no special meaning; the "
			    "program gets them",
			    l->args[i]);
			return;
		}
}

static void
put_program(struct translation *t, const struct inetd_line *l)
{
	const char *exec[INETD_ARGS_MAX + 1];

	warn_of_quotes(t, l);
	memcpy(exec, l->args, sizeof(exec));
	exec[0] = l->program;
	fputs(" exec = ", t->out);
	value_print_strings(exec, t->out);
	if (strcmp(l->args[0], l->program) != 0)
		put_setting(t, "argv0", l->args[0]);
	put_setting(t, "user", l->user);
	if (l->group != NULL)
		put_setting(t, "group", l->group);
	/* inetd's behaviour where haild's differs. */
	fputs(
	    " stderr = \"client\" no-new-privileges = false"
	    " leftovers = \"keep\"",
	    t->out);
	if (!l->wait)
		fputs(" on-disconnect = \"continue\"", t->out);
}

/*
 * Where the line has no limit of its own for one client, that gets half:
 * inetd's limits are of a service alone.
 */
static void
put_limits(struct translation *t, const struct inetd_line *l)
{
	const int64_t max = l->max > 0 ? l->max : MAX_DEFAULT;
	const struct rate rate = { max, 60 * SECOND, max };
	const struct rate half = rate_half(&rate);
	int sessions = l->max_sessions > 0 ? l->max_sessions : SESSIONS_MAX;
	char text[64];

	if (l->max > 0 || !(l->wait || l->dgram))
		put_setting(t, "rate", rate_print(&rate, text, sizeof(text)));
	if (l->wait || l->dgram)
		return;
	fprintf(
	    t->out, " max-sessions = %d session-timeout = \"none\"", sessions);
	if (l->max_per_source == 0)
		put_setting(t, "max-per-source", "none");
	else
		fprintf(t->out, " max-per-source = %d",
		    l->max_per_source > 0 ? l->max_per_source
			: sessions > 1	  ? sessions / 2
					  : 1);
	if (l->rate_per_source > 0)
		snprintf(text, sizeof(text), "%d/m", l->rate_per_source);
	else
		rate_print(&half, text, sizeof(text));
	put_setting(
	    t, "rate-per-source", l->rate_per_source == 0 ? "none" : text);
}

static void
put_service(struct translation *t, struct inetd_line *l)
{
	char *listen = listen_text(t, l);

	if (listen == NULL)
		return;
	if (l->group == NULL)
		l->group = users_split(t->l, l->user);
	fprintf(t->out, "%s: { listen = [%s]", add_name(t, l), listen);
	free(listen);
	if (l->family == AF_UNIX) {
		put_setting(t, "socket-user", l->user);
		put_setting(t, "socket-mode", "0666");
	}
	if (l->internal)
		put_setting(t, "builtin", l->service);
	else
		put_program(t, l);
	if (l->wait || l->dgram)
		fputs(" wait = true", t->out);
	put_limits(t, l);
	fputs(" }", t->out);
}

static void
translate_line(struct translation *t, char *line)
{
	struct inetd_line l;

	if (t->skip && line[strcspn(line, "=;#")] != '\0') {
		t->skip = strchr(line, ';') == NULL;
		return;
	}
	t->skip = false;
	if (inetd_parse(line, &l) == -1) {
		loader_error_at(t->l, &t->here, "%s", l.error);
		t->skip = l.continues;
	} else if (l.kind == INETD_ADDRESS)
		t->addresses = l.addresses;
	else if (l.kind == INETD_SERVICE)
		put_service(t, &l);
}

/* The end of the line at TEXT, with the lines that continue it. */
static char *
join_lines(char *text, int *lines)
{
	char *end = text + strcspn(text, "\n"), *next;

	*lines = 1;
	while (text[strspn(text, INETD_BLANKS)] != '#' && *end == '\n') {
		next = end + 1 + strspn(end + 1, INETD_BLANKS);
		if (next == end + 1 || *next == '\n' || *next == '\0' ||
		    *next == '#')
			break;
		*end = ' ';
		++*lines;
		end = next + strcspn(next, "\n");
	}
	return end;
}

char *
translate_inetd(struct loader *l, const char *text)
{
	struct translation t = { .l = l,
		.here = { .file = l->file, .line = 1 } };
	char *copy = memory_strdup(text), *line = copy, *result, *end;
	bool more;
	int lines;

	t.out = memory_open(&result);
	note_six(&t, text);
	do {
		end = join_lines(line, &lines);
		more = *end == '\n';
		*end = '\0';
		translate_line(&t, line);
		for (t.here.line += lines; lines > 0; lines--)
			fputc('\n', t.out);
		line = end + 1;
	} while (more);
	memory_close(t.out);
	tdestroy(t.names, free);
	free(copy);
	return result;
}
