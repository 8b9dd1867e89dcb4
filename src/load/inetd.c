#include "load/inetd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "lib/number.h"
#include "load/text/value.h"

#define MAX_MAX 1000000 /* starts per minute */

static int __attribute__((format(printf, 2, 3)))
complain(struct inetd_line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->error, sizeof(l->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* The next word, cut off from the rest; NULL at the end. */
static char *
take_word(char **rest)
{
	char *word = *rest + strspn(*rest, INETD_BLANKS);

	if (*word == '\0')
		return NULL;
	*rest = word + strcspn(word, INETD_BLANKS);
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

/* "[addresses:]service": the colons of an IPv6 address are not the last. */
static int
parse_where(struct inetd_line *l, char *word)
{
	char *colon = word[0] == '/' ? NULL : strrchr(word, ':');

	l->service = word;
	if (colon != NULL) {
		*colon = '\0';
		l->addresses = word;
		l->service = colon + 1;
	}
	if (colon == word)
		return complain(l, "\":%s\" has no address", l->service);
	return 0;
}

static const struct {
	const char *name;
	bool dgram;
	sa_family_t family;
} protocols[] = {
	{ "tcp", false, AF_UNSPEC },
	{ "tcp4", false, AF_INET },
	{ "tcp6", false, AF_INET6 },
	{ "tcp6only", false, AF_INET6 },
	{ "tcp46", false, AF_UNSPEC },
	{ "udp", true, AF_UNSPEC },
	{ "udp4", true, AF_INET },
	{ "udp6", true, AF_INET6 },
	{ "udp6only", true, AF_INET6 },
	{ "udp46", true, AF_UNSPEC },
	{ "unix", false, AF_UNIX },
};
#define NPROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static int
parse_protocol(struct inetd_line *l, char *type)
{
	size_t i;

	if (strncmp(l->protocol, "rpc/", 4) == 0)
		return complain(
		    l, "\"%s\": RPC services are not supported", l->protocol);
	if (strncmp(l->service, "tcpmux/", 7) == 0)
		return complain(
		    l, "\"%s\": TCPMUX services are not supported", l->service);
	if (strchr(l->protocol, ',') != NULL)
		return complain(
		    l, "\"%s\": buffer sizes are not supported", l->protocol);
	if (strchr(l->protocol, '/') != NULL)
		return complain(l,
		    "\"%s\": FAITH and T/TCP services are not supported",
		    l->protocol);
	l->dgram = strcmp(type, "dgram") == 0;
	if (!l->dgram && strcmp(type, "stream") != 0)
		return complain(l,
		    "unknown socket type \"%s\": it must be stream or dgram",
		    type);
	for (i = 0; i < NPROTOCOLS; i++)
		if (strcmp(protocols[i].name, l->protocol) == 0)
			break;
	if (i == NPROTOCOLS)
		return complain(l,
		    "unknown protocol \"%s\": it must be tcp, tcp4, tcp6, udp, "
		    "udp4, udp6 or unix",
		    l->protocol);
	if (l->dgram != protocols[i].dgram)
		return complain(l,
		    "socket type \"%s\" does not match protocol \"%s\"", type,
		    l->protocol);
	l->family = protocols[i].family;
	if (l->family == AF_UNIX && l->service[0] != '/')
		return complain(
		    l, "\"%s\" is not an absolute path", l->service);
	if (l->family != AF_UNIX && strchr(l->service, '/') != NULL)
		return complain(l,
		    "\"%s\" is a path, but the protocol \"%s\" is not unix",
		    l->service, l->protocol);
	return 0;
}

/* FreeBSD's "sessions/rate per source/sessions per source"; each may be empty.
 */
static int
parse_limits(struct inetd_line *l, char *text)
{
	int *const limits[] = { &l->max_sessions, &l->rate_per_source,
		&l->max_per_source };
	const size_t most = sizeof(limits) / sizeof(limits[0]);
	int64_t limit;
	char *word;
	size_t n;

	for (n = 0; (word = strsep(&text, "/")) != NULL; n++) {
		if (n == most)
			return complain(l, "more than %zu limits", most);
		if (word[0] == '\0')
			continue;
		if (!number_parse(word, 0, SESSIONS_MAX, &limit))
			return complain(l,
			    "\"%s\": a limit must be a number from 0 to %d",
			    word, SESSIONS_MAX);
		/* wait is one program, which accepts the clients itself. */
		if (l->wait && n > 0 && limit > 0)
			return complain(l,
			    "\"%s\": a limit for each source needs \"nowait\"",
			    word);
		*limits[n] = (int)limit;
	}
	return 0;
}

/*
 * "wait" or "nowait"; after a dot (NetBSD: a colon) the most starts per minute,
 * and after another dot a group; or, after a slash, the limits of FreeBSD.
 */
static int
parse_wait(struct inetd_line *l, char *word)
{
	char *max = word, *group;
	bool slash = word[strcspn(word, "./:")] == '/';
	const char *error;

	strsep(&max, "./:");
	l->wait = strcmp(word, "wait") == 0;
	if (!l->wait && strcmp(word, "nowait") != 0)
		return complain(l, "\"%s\" is neither wait nor nowait", word);
	if (max == NULL)
		return 0;
	if (slash)
		return parse_limits(l, max);
	group = max;
	strsep(&group, ".");
	l->max = (int)strtonum(max, 1, MAX_MAX, &error);
	if (error != NULL || max[0] < '0' || max[0] > '9')
		return complain(l,
		    "\"%s\": the number of starts per minute must be from 1 to "
		    "%d",
		    max, MAX_MAX);
	if (group != NULL && group[0] == '\0')
		return complain(l, "\"%s.%s.\" has no group", word, max);
	l->group = group;
	return 0;
}

/*
 * "user", "user:group" or "user.group", which stays one word: a user's name may
 * contain dots.
 */
static int
parse_user(struct inetd_line *l, char *word)
{
	char *split = strchr(word, ':');

	l->user = word;
	if (strchr(word, '/') != NULL)
		return complain(
		    l, "\"%s\": login classes are not supported", word);
	if (split == NULL && word[0] != '.')
		return 0;
	if (split == NULL || split == word || split[1] == '\0')
		return complain(
		    l, "\"%s\" is not user, user:group or user.group", word);
	if (l->group != NULL)
		return complain(
		    l, "\"%s\": the group is already \"%s\"", word, l->group);
	*split = '\0';
	l->group = split + 1;
	return 0;
}

static int
parse_program(struct inetd_line *l, char *rest)
{
	const char *base = strrchr(l->program, '/');
	char *word, all[128];
	size_t n = 0;

	l->internal = strcmp(l->program, "internal") == 0;
	if (!l->internal && l->program[0] != '/')
		return complain(l,
		    "program \"%s\" is not an absolute path; write one such as "
		    "\"/usr/sbin/%s\"",
		    l->program, base != NULL ? base + 1 : l->program);
	if (l->internal &&
	    config_find_word(config_builtins, l->service) == NBUILTINS)
		return complain(l,
		    "unknown internal service \"%s\": it must be %s",
		    l->service,
		    value_list_words(config_builtins, all, sizeof(all)));
	if (l->internal && !l->dgram && l->wait)
		return complain(
		    l, "an internal service over tcp must be \"nowait\"");
	if (!l->internal && l->dgram && !l->wait)
		return complain(l, "a dgram service must be \"wait\"");
	while ((word = take_word(&rest)) != NULL) {
		if (n == INETD_ARGS_MAX)
			return complain(
			    l, "more than %d arguments", INETD_ARGS_MAX);
		l->args[n++] = word;
	}
	if (n == 0)
		l->args[n++] = l->program;
	l->args[n] = NULL;
	return 0;
}

/*
 * What only other inetds understand: an IPsec policy in a comment, an included
 * file, and NetBSD's "name on key = value, ...;", which may go on for lines.
 */
static int
refuse_foreign(
    struct inetd_line *l, const char *first, const char *second, bool ends)
{
	if (strncmp(first, "#@", 2) == 0)
		return complain(l,
		    "\"%s %s\": IPsec policies are not supported", first,
		    second);
	if (strcmp(first, ".include") == 0)
		return complain(l,
		    "\".include %s\" is not supported; write its lines here",
		    second);
	if (first[0] == '#' ||
	    (strcmp(second, "on") != 0 && strcmp(second, "off") != 0))
		return 0;
	l->continues = !ends;
	return complain(l,
	    "\"%s %s\": the keys and values of NetBSD are not supported; write "
	    "a line of name, socket type, protocol, wait, user, program",
	    first, second);
}

int
inetd_parse(char *line, struct inetd_line *l)
{
	char *rest = line, *where, *type, *wait, *user;
	bool ends = strchr(line, ';') != NULL;

	memset(l, 0, sizeof(*l));
	l->max_sessions = l->rate_per_source = l->max_per_source = -1;
	if ((where = take_word(&rest)) == NULL)
		return 0;
	type = take_word(&rest);
	if (type != NULL && refuse_foreign(l, where, type, ends) == -1)
		return -1;
	if (where[0] == '#')
		return 0;
	l->kind = INETD_SERVICE;
	if (parse_where(l, where) == -1)
		return -1;
	if (l->addresses != NULL && l->service[0] == '\0') {
		if (type != NULL)
			return complain(
			    l, "\"%s:\" has no service", l->addresses);
		l->kind = INETD_ADDRESS;
		return 0;
	}
	l->protocol = take_word(&rest);
	wait = take_word(&rest);
	user = take_word(&rest);
	l->program = take_word(&rest);
	if (l->program == NULL)
		return complain(l,
		    "a line needs at least six words: name, socket type, "
		    "protocol, wait, user, program");
	if (parse_protocol(l, type) == -1 || parse_wait(l, wait) == -1 ||
	    parse_user(l, user) == -1)
		return -1;
	return parse_program(l, rest);
}
