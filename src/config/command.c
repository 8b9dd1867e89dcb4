#include "config/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/access.h"

static bool
has_identity(const struct service *command, const struct client *client)
{
	const struct tls_session *tls = client->tls;

	/*
	 * If the service allows none of the client's names, no name counts for
	 * a command.
	 */
	return command->allow_identity == NULL ||
	    (tls_session_identity(tls) != NULL &&
		identity_find(
		    command->allow_identity, tls->names, tls->nnames) != -1);
}

bool
command_may_run(const struct service *command, const struct client *client)
{
	if (!has_identity(command, client))
		return false;
	if (client->addr.sa.sa_family == AF_UNIX)
		return access_user(command, client);
	return command->allow_user == NULL && command->allow_group == NULL &&
	    access_prefixes(&command->allow, &command->deny, &client->addr);
}

const struct service *
command_find(const struct service *service, const struct client *client,
    const char *name)
{
	const struct service *c = config_command(service, name);

	return c != NULL && command_may_run(c, client) ? c : NULL;
}

/* The end of the bracket expression that begins at P: its "]", or the NUL. */
static const char *
bracket_end(const char *p)
{
	const char *kind;

	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++; /* is meant itself */
	for (; *p != '\0' && *p != ']'; p++) {
		if (*p != '[' || p[1] == '\0' || strchr(":.=", p[1]) == NULL)
			continue;
		/* [:alpha:], [.-.], [=a=] */
		kind = p + 1;
		for (p += 2; *p != '\0' && (*p != *kind || p[1] != ']'); p++)
			continue;
		if (*p == '\0')
			return p;
		p++;
	}
	return p;
}

static bool
has_back_reference(const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '[' && *(p = bracket_end(p)) == '\0')
			return false;
		if (*p == '\\' && *++p >= '1' && *p <= '9')
			return true;
		if (*p == '\0')
			return false;
	}
	return false;
}

int
command_check_pattern(const char *pattern, char *why, size_t size)
{
	regex_t re;
	int error;

	if (has_back_reference(pattern)) {
		strlcpy(why, "back-references are not supported", size);
		return -1;
	}
	/* On its own: "a)(b" would be fine between the anchors. */
	if ((error = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB)) == 0) {
		regfree(&re);
		error = command_compile(&re, pattern);
	}
	if (error != 0) {
		regerror(error, &re, why, size);
		return -1;
	}
	regfree(&re);
	return 0;
}

int
command_compile(regex_t *re, const char *pattern)
{
	char *anchored;
	int error;

	if (asprintf(&anchored, "^(%s)$", pattern) == -1)
		return REG_ESPACE;
	error = regcomp(re, anchored, REG_EXTENDED | REG_NOSUB);
	free(anchored);
	return error;
}

static bool
is_position(char c)
{
	return c >= '1' && c <= '9';
}

const char *
command_placeholder(const char *text, int *n)
{
	while ((text = strchr(text, '%')) != NULL) {
		if (is_position(text[1])) {
			*n = text[1] - '0';
			return text;
		}
		*n = 0;
		if (text[1] == '%' && is_position(text[2]))
			return text;
		text++;
	}
	return NULL;
}
