/*
 * inetd.c -- inetd.conf, as haild.conf would say it.
 */

#include "inetd.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "builtin.h"
#include "config.h"
#include "settings.h"
#include "value.h"

#define BLANKS " \t\r\f\v"
#define MAX_MAX 1000000 /* starts in a minute */
#define MAX_DEFAULT 256

/* --- a line --- */

struct complaint {
	char *text;
	size_t size;
};

static int __attribute__((format(printf, 2, 3)))
complain(const struct complaint *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->text, c->size, fmt, ap);
	va_end(ap);
	return -1;
}

/* The next word, cut off the rest; NULL when there is none. */
static char *
take_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS);

	if (*word == '\0')
		return NULL;
	*rest = word + strcspn(word, BLANKS);
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

/* "[addresses:]service": the colons of an IPv6 address are not the last. */
static int
parse_where(struct inetd_line *l, char *word, const struct complaint *c)
{
	char *colon = word[0] == '/' ? NULL : strrchr(word, ':');

	l->service = word;
	if (colon != NULL) {
		*colon = '\0';
		l->addresses = word;
		l->service = colon + 1;
	}
	if (colon == word)
		return complain(c, "\":%s\" has no address", l->service);
	return 0;
}

static const struct {
	const char *name;
	bool dgram, stream;
	enum inetd_family family;
} protocols[] = {
	{ "tcp", false, true, INETD_ANY },
	{ "tcp4", false, true, INETD_IPV4 },
	{ "tcp6", false, true, INETD_IPV6 },
	{ "tcp6only", false, true, INETD_IPV6 },
	{ "tcp46", false, true, INETD_ANY },
	{ "udp", true, false, INETD_ANY },
	{ "udp4", true, false, INETD_IPV4 },
	{ "udp6", true, false, INETD_IPV6 },
	{ "udp6only", true, false, INETD_IPV6 },
	{ "udp46", true, false, INETD_ANY },
	{ "unix", false, true, INETD_UNIX },
};
#define NPROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static int
parse_protocol(struct inetd_line *l, char *type, const struct complaint *c)
{
	size_t i;

	if (strncmp(l->protocol, "rpc/", 4) == 0)
		return complain(
		    c, "\"%s\": there are no RPC services", l->protocol);
	if (strncmp(l->service, "tcpmux/", 7) == 0)
		return complain(
		    c, "\"%s\": there are no TCPMUX services", l->service);
	if (strchr(l->protocol, ',') != NULL)
		return complain(c, "\"%s\": the sizes of buffers cannot be set",
		    l->protocol);
	l->dgram = strcmp(type, "dgram") == 0;
	if (!l->dgram && strcmp(type, "stream") != 0)
		return complain(
		    c, "socket type \"%s\" is neither stream nor dgram", type);
	for (i = 0; i < NPROTOCOLS; i++)
		if (strcmp(protocols[i].name, l->protocol) == 0)
			break;
	if (i == NPROTOCOLS)
		return complain(c,
		    "protocol \"%s\" is none of tcp, tcp4, tcp6, udp, udp4, "
		    "udp6, unix",
		    l->protocol);
	if (l->dgram ? !protocols[i].dgram : !protocols[i].stream)
		return complain(c,
		    "socket type \"%s\" does not go with protocol \"%s\"", type,
		    l->protocol);
	l->family = protocols[i].family;
	if (l->family == INETD_UNIX && l->service[0] != '/')
		return complain(
		    c, "\"%s\" is not an absolute path", l->service);
	if (l->family != INETD_UNIX && strchr(l->service, '/') != NULL)
		return complain(c, "\"%s\" is a path, and \"%s\" is not unix",
		    l->service, l->protocol);
	return 0;
}

/* "wait" or "nowait", and the most starts in a minute behind a dot. */
static int
parse_wait(struct inetd_line *l, char *word, const struct complaint *c)
{
	const char *error;
	char *max = word;

	strsep(&max, "./");
	l->wait = strcmp(word, "wait") == 0;
	if (!l->wait && strcmp(word, "nowait") != 0)
		return complain(c, "\"%s\" is neither wait nor nowait", word);
	if (max == NULL)
		return 0;
	l->max = (int)strtonum(max, 1, MAX_MAX, &error);
	if (error != NULL || max[0] < '0' || max[0] > '9')
		return complain(c,
		    "\"%s\": the most starts in a minute are a number from 1 "
		    "to %d",
		    max, MAX_MAX);
	return 0;
}

/* "user", "user:group", or "user.group", of which a user's name may have dots.
 */
static int
parse_user(struct inetd_line *l, char *word, const struct complaint *c)
{
	char *split = strchr(word, ':');

	if (split == NULL)
		split = strrchr(word, '.');
	l->user = word;
	if (strchr(word, '/') != NULL)
		return complain(c, "\"%s\": there are no login classes", word);
	if (split == NULL)
		return 0;
	if (split == word || split[1] == '\0')
		return complain(
		    c, "\"%s\" is not user, user:group or user.group", word);
	*split = '\0';
	l->group = split + 1;
	return 0;
}

static int
parse_program(struct inetd_line *l, char *rest, const struct complaint *c)
{
	char *word, all[128];
	size_t n = 0;

	l->internal = strcmp(l->program, "internal") == 0;
	if (l->internal && builtin_find(l->service) == NULL)
		return complain(c,
		    "there is no internal service \"%s\": there are %s",
		    l->service, builtin_list(all, sizeof(all)));
	if (l->internal && !l->dgram && l->wait)
		return complain(
		    c, "an internal service over tcp must be \"nowait\"");
	if (!l->internal && l->dgram && !l->wait)
		return complain(c, "a dgram service must be \"wait\"");
	while ((word = take_word(&rest)) != NULL) {
		if (n == INETD_ARGS_MAX)
			return complain(c, "there are more than %d arguments",
			    INETD_ARGS_MAX);
		l->args[n++] = word;
	}
	if (n == 0)
		l->args[n++] = l->program;
	l->args[n] = NULL;
	return 0;
}

int
inetd_parse(char *line, struct inetd_line *l, char *error, size_t size)
{
	const struct complaint c = { error, size };
	char *rest = line, *where, *type, *wait, *user;

	memset(l, 0, sizeof(*l));
	if (line[0] == '#' || (where = take_word(&rest)) == NULL)
		return 0;
	l->kind = INETD_SERVICE;
	if (parse_where(l, where, &c) == -1)
		return -1;
	if (l->addresses != NULL && l->service[0] == '\0') {
		if (take_word(&rest) != NULL)
			return complain(
			    &c, "\"%s:\" has no service", l->addresses);
		l->kind = INETD_ADDRESS;
		return 0;
	}
	type = take_word(&rest);
	l->protocol = take_word(&rest);
	wait = take_word(&rest);
	user = take_word(&rest);
	l->program = take_word(&rest);
	if (l->program == NULL)
		return complain(&c,
		    "a service has at least six words: name, socket type, "
		    "protocol, wait, user, program");
	if (parse_protocol(l, type, &c) == -1 ||
	    parse_wait(l, wait, &c) == -1 || parse_user(l, user, &c) == -1)
		return -1;
	return parse_program(l, rest, &c);
}

/* --- all of them --- */

struct translation {
	FILE *out;
	inetd_sink *sink;
	void *arg;
	int line;
	char *addresses; /* of lines that name none, or NULL */
	char (*names)[SERVICE_NAME_MAX + 1];
	size_t nnames;
};

static void __attribute__((format(printf, 2, 3)))
report(struct translation *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->sink(t->arg, t->line, text);
}

static bool
is_taken(const struct translation *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nnames; i++)
		if (strcmp(t->names[i], name) == 0)
			return true;
	return false;
}

/*
 * A name for a service: its own and its protocol's, as far as libconfig allows
 * that, and a number where there is one like it.  Returns the last of
 * t->names, which it is.
 */
static const char *
add_name(struct translation *t, const struct inetd_line *l)
{
	enum { ROOM = SERVICE_NAME_MAX - 11 }; /* for "-" and a number */
	char(*names)[SERVICE_NAME_MAX + 1], name[ROOM + 1], *p;
	const char *service = l->service;
	bool digit;
	int number;

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
	names = reallocarray(t->names, t->nnames + 1, sizeof(*names));
	if (names == NULL)
		abort();
	t->names = names;
	strlcpy(names[t->nnames], name, sizeof(*names));
	for (number = 2; is_taken(t, names[t->nnames]); number++)
		snprintf(
		    names[t->nnames], sizeof(*names), "%s-%d", name, number);
	return names[t->nnames++];
}

/* "*", as an address of one family if it has to be. */
static const char *
wildcard(enum inetd_family family)
{
	return family == INETD_IPV4 ? "0.0.0.0"
	    : family == INETD_IPV6  ? "::"
				    : "*";
}

/* HOST must be an address of FAMILY.  Returns 0, or -1 (reported). */
static int
check_family(struct translation *t, const struct inetd_line *l,
    const char *host, sa_family_t family)
{
	struct addr a;

	if (addr_from_numeric(&a, host, 0) == -1) {
		report(t, "\"%s\" with \"%s\" must be an address, not a name",
		    host, l->protocol);
		return -1;
	}
	if (a.sa.sa_family == family)
		return 0;
	report(t, "address \"%s\" does not go with \"%s\"", host, l->protocol);
	return -1;
}

/* One of "listen": "[udp:]address:service".  Returns 0, or -1 (reported). */
static int
put_address(
    struct translation *t, const struct inetd_line *l, char *word, FILE *out)
{
	size_t len = strlen(word);
	const char *host = word;
	char *text;

	if (word[0] == '[' && len > 2 && word[len - 1] == ']') {
		word[len - 1] = '\0';
		host++;
	}
	if (strcmp(host, "*") == 0)
		host = wildcard(l->family);
	if (l->family != INETD_ANY &&
	    check_family(
		t, l, host, l->family == INETD_IPV4 ? AF_INET : AF_INET6) == -1)
		return -1;
	if (asprintf(&text, strchr(host, ':') != NULL ? "%s[%s]:%s" : "%s%s:%s",
		l->dgram ? "udp:" : "", host, l->service) == -1)
		abort();
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
	char *hosts = strdup(from), *rest = hosts, *host, *text = NULL;
	bool first = true, failed = false;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (hosts == NULL || out == NULL)
		abort();
	if (l->family == INETD_UNIX) {
		value_print_string(l->service, out);
		rest = NULL;
	}
	while (rest != NULL && (host = strsep(&rest, ",")) != NULL) {
		if (!first)
			fputs(", ", out);
		first = false;
		if (host[0] == '\0') {
			report(t, "\"%s\" has an empty address", from);
			failed = true;
		} else if (put_address(t, l, host, out) == -1)
			failed = true;
	}
	free(hosts);
	if (fclose(out) == EOF)
		abort();
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

static void
put_program(struct translation *t, const struct inetd_line *l)
{
	char *const *arg;

	fputs(" exec = [", t->out);
	value_print_string(l->program, t->out);
	for (arg = l->args + 1; *arg != NULL; arg++) {
		fputs(", ", t->out);
		value_print_string(*arg, t->out);
	}
	fputs("]", t->out);
	if (strcmp(l->args[0], l->program) != 0)
		put_setting(t, "argv0", l->args[0]);
	put_setting(t, "user", l->user);
	if (l->group != NULL)
		put_setting(t, "group", l->group);
	/* What inetd does, where haild by itself would not. */
	fputs(
	    " stderr = \"client\" no-new-privileges = false"
	    " leftovers = \"keep\"",
	    t->out);
	if (!l->wait)
		fputs(" on-disconnect = \"continue\"", t->out);
}

static void
put_service(struct translation *t, const struct inetd_line *l)
{
	char *listen = listen_text(t, l);

	if (listen == NULL)
		return;
	fprintf(t->out, "%s: { listen = [%s]", add_name(t, l), listen);
	free(listen);
	if (l->family == INETD_UNIX) {
		put_setting(t, "socket-user", l->user);
		put_setting(t, "socket-mode", "0666");
	}
	if (l->internal)
		put_setting(t, "builtin", l->service);
	else
		put_program(t, l);
	if (l->wait || l->dgram)
		fputs(" wait = true", t->out);
	else
		fprintf(t->out,
		    " max-sessions = %d max-per-source = \"none\""
		    " rate-per-source = \"none\" session-timeout = \"none\"",
		    SESSIONS_MAX);
	if (l->max > 0 || !(l->wait || l->dgram))
		fprintf(t->out, " rate = \"%d/m\"",
		    l->max > 0 ? l->max : MAX_DEFAULT);
	fputs(" }", t->out);
}

static void
translate_line(struct translation *t, char *line)
{
	struct inetd_line l;
	char error[256];

	if (inetd_parse(line, &l, error, sizeof(error)) == -1)
		report(t, "%s", error);
	else if (l.kind == INETD_ADDRESS)
		t->addresses = l.addresses;
	else if (l.kind == INETD_SERVICE)
		put_service(t, &l);
}

/* The end of the line at TEXT, lines that begin with a blank included. */
static char *
join_lines(char *text, int *lines)
{
	char *end = text + strcspn(text, "\n"), *next;

	*lines = 1;
	while (text[0] != '#' && *end == '\n') {
		next = end + 1 + strspn(end + 1, BLANKS);
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
inetd_translate(char *text, inetd_sink *sink, void *arg)
{
	struct translation t = { .sink = sink, .arg = arg, .line = 1 };
	char *result = NULL, *end;
	size_t size;
	bool more;
	int lines;

	if ((t.out = open_memstream(&result, &size)) == NULL)
		abort();
	do {
		end = join_lines(text, &lines);
		more = *end == '\n';
		*end = '\0';
		translate_line(&t, text);
		for (t.line += lines; lines > 0; lines--)
			fputc('\n', t.out);
		text = end + 1;
	} while (more);
	if (fclose(t.out) == EOF)
		abort();
	free(t.names);
	return result;
}
