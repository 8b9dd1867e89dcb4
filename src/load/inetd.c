#include "load/inetd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "load/value.h"

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

/*
 * "wait" or "nowait"; after a dot (NetBSD: a colon) the most starts per minute,
 * and after another dot a group.  FreeBSD's "nowait/10" is not accepted: it
 * means something else.
 */
static int
parse_wait(struct inetd_line *l, char *word)
{
	char *max = word, *group;
	const char *error;

	strsep(&max, ".:");
	l->wait = strcmp(word, "wait") == 0;
	if (!l->wait && strcmp(word, "nowait") != 0)
		return complain(l, "\"%s\" is neither wait nor nowait", word);
	if (max == NULL)
		return 0;
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

/* "user", "user:group" or "user.group"; a user's name may contain dots. */
static int
parse_user(struct inetd_line *l, char *word)
{
	char *split = strchr(word, ':');

	if (split == NULL)
		split = strrchr(word, '.');
	l->user = word;
	if (strchr(word, '/') != NULL)
		return complain(
		    l, "\"%s\": login classes are not supported", word);
	if (split == NULL)
		return 0;
	if (split == word || split[1] == '\0')
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
	char *word, all[128];
	size_t n = 0;

	l->internal = strcmp(l->program, "internal") == 0;
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

int
inetd_parse(char *line, struct inetd_line *l)
{
	char *rest = line, *where, *type, *wait, *user;

	memset(l, 0, sizeof(*l));
	if ((where = take_word(&rest)) == NULL || where[0] == '#')
		return 0;
	l->kind = INETD_SERVICE;
	if (parse_where(l, where) == -1)
		return -1;
	if (l->addresses != NULL && l->service[0] == '\0') {
		if (take_word(&rest) != NULL)
			return complain(
			    l, "\"%s:\" has no service", l->addresses);
		l->kind = INETD_ADDRESS;
		return 0;
	}
	type = take_word(&rest);
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
