/*
 * lookup.c -- users, groups, ports and hosts by name.
 */

#include "load/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/getent.h"

struct answer {
	struct answer *next;
	char *question;
	char *text;
};

/* Many services have the same user: each is asked for once. */
static const char *
ask(struct lookup *l, const char *database, const char *key)
{
	char *question, *text;
	struct answer *a;

	if (asprintf(&question, "%s %s", database, key) == -1)
		return NULL;
	for (a = l->answers; a != NULL; a = a->next)
		if (strcmp(a->question, question) == 0) {
			free(question);
			return a->text;
		}
	text = getent(database, key);
	if (text == NULL || (a = malloc(sizeof(*a))) == NULL) {
		free(question);
		free(text);
		return NULL;
	}
	*a = (struct answer) { l->answers, question, text };
	l->answers = a;
	return text;
}

void
lookup_free(struct lookup *l)
{
	struct answer *a;

	while ((a = l->answers) != NULL) {
		l->answers = a->next;
		free(a->question);
		free(a->text);
		free(a);
	}
}

/*
 * getent(1) takes what reads as a number for a uid, a gid or a port.  So a name
 * that is one is found only where it is its own number.
 */
static bool
is_number(const char *text)
{
	char *end;

	strtoul(text, &end, 10);
	return *end == '\0';
}

static int
parse_id(const char *text, unsigned int *id)
{
	const char *wrong;

	if (text == NULL)
		return -1;
	*id = (unsigned int)strtonum(text, 0, UINT32_MAX, &wrong);
	return wrong == NULL ? 0 : -1;
}

/* The first line of TEXT, to be cut at ":", into *LINE.  See lookup.h. */
static int
first_line(const char *text, char *line, size_t size)
{
	size_t len;

	if (text == NULL)
		return -1;
	len = strcspn(text, "\n");
	if (len >= size) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(line, text, len);
	line[len] = '\0';
	return len > 0;
}

/* passwd(5). */
static int
find_user(struct lookup *l, const char *key, struct user *user)
{
	/* cppcheck-suppress ctuuninitvar ; it is filled below */
	char *rest = user->line;
	int found =
	    first_line(ask(l, "passwd", key), user->line, sizeof(user->line));

	if (found != 1)
		return found;
	user->name = strsep(&rest, ":");
	strsep(&rest, ":"); /* password */
	if (parse_id(strsep(&rest, ":"), &user->uid) == -1 ||
	    parse_id(strsep(&rest, ":"), &user->gid) == -1 ||
	    strsep(&rest, ":") == NULL || /* who it is */
	    (user->home = strsep(&rest, ":")) == NULL || rest == NULL) {
		errno = EINVAL;
		return -1;
	}
	user->shell = rest;
	return 1;
}

int
lookup_user(struct lookup *l, const char *name, struct user *user)
{
	int found = find_user(l, name, user);

	return found == 1 && is_number(name) && strcmp(user->name, name) != 0
	    ? 0
	    : found;
}

int
lookup_uid(struct lookup *l, uid_t uid, struct user *user)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", (unsigned int)uid);
	return find_user(l, key, user);
}

/* group(5), the first three fields of it: there may be any number of members.
 */
int
lookup_group(struct lookup *l, const char *name, gid_t *gid)
{
	const char *text = ask(l, "group", name), *end, *id;
	char digits[16], colon[2];

	if (text == NULL || text[0] == '\0')
		return text == NULL ? -1 : 0;
	end = text + strcspn(text, ":");
	if (is_number(name) &&
	    (strlen(name) != (size_t)(end - text) ||
		strncmp(name, text, (size_t)(end - text)) != 0))
		return 0;
	id = end + strcspn(end, "\n");
	if (*end == ':' && (end = strchr(end + 1, ':')) != NULL && end < id &&
	    sscanf(end, ":%15[0-9]%1[:]", digits, colon) == 2 &&
	    parse_id(digits, gid) == 0)
		return 1;
	errno = EINVAL;
	return -1;
}

int
lookup_groups(struct lookup *l, const char *name, gid_t **list, size_t *n)
{
	const char *at = ask(l, "initgroups", name);
	char *end;
	gid_t gid;

	*list = NULL;
	*n = 0;
	/* "name gid gid ...": a name may have spaces in it, too. */
	if (at == NULL || strncmp(at, name, strlen(name)) != 0) {
		errno = at == NULL ? errno : EINVAL;
		return -1;
	}
	for (at += strlen(name);; at = end) {
		gid = (gid_t)strtoul(at, &end, 10);
		if (end == at)
			return 1;
		*list = reallocarray(*list, *n + 1, sizeof(**list));
		if (*list == NULL)
			abort();
		(*list)[(*n)++] = gid;
	}
}

int
lookup_port(struct lookup *l, const char *name, bool dgram, unsigned int *port)
{
	const char *text;
	char *key, digits[8];
	int n;

	if (is_number(name) || strchr(name, '/') != NULL)
		return 0;
	if (asprintf(&key, "%s/%s", name, dgram ? "udp" : "tcp") == -1)
		return -1;
	text = ask(l, "services", key);
	free(key);
	if (text == NULL || text[0] == '\0')
		return text == NULL ? -1 : 0;
	/* "name port/protocol alias ..." */
	if (sscanf(text, "%*s %5[0-9]/", digits) != 1 ||
	    (n = addr_port_number(digits)) == -1)
		return 0;
	*port = (unsigned int)n;
	return 1;
}

static bool
is_among(const struct addr *list, size_t n, const struct addr *a)
{
	while (n-- > 0)
		if (addr_equal(&list[n], a))
			return true;
	return false;
}

int
lookup_host(struct lookup *l, const char *name, unsigned int port,
    struct addr **list, size_t *n)
{
	const char *line = ask(l, "ahosts", name);
	char text[ADDR_TEXT_MAX], kind[8];
	struct addr a;

	*list = NULL;
	*n = 0;
	if (line == NULL)
		return -1;
	/* "address STREAM", and once more for each other kind of socket. */
	for (; *line != '\0';
	     line += strcspn(line, "\n"), line += *line == '\n')
		if (sscanf(line, "%127s %7s", text, kind) == 2 &&
		    strcmp(kind, "STREAM") == 0 &&
		    addr_from_numeric(&a, text, port) == 0 &&
		    /* hosts(5) may well name one address twice. */
		    !is_among(*list, *n, &a)) {
			*list = reallocarray(*list, *n + 1, sizeof(**list));
			if (*list == NULL)
				abort();
			(*list)[(*n)++] = a;
		}
	return *n > 0;
}
