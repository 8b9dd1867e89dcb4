#include "config/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/access.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool
command_may_run(const struct service *command, const struct client *client)
{
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

int
command_compile(regex_t *re, const char *pattern)
{
	char *anchored;
	int error;

	/* On its own first: "a)(b" would be fine between the anchors. */
	if ((error = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB)) != 0)
		return error;
	regfree(re);
	if (asprintf(&anchored, "^(%s)$", pattern) == -1)
		return REG_ESPACE;
	error = regcomp(re, anchored, REG_EXTENDED | REG_NOSUB);
	free(anchored);
	return error;
}

int
command_placeholder(const char *element)
{
	return element[0] == '%' && element[1] >= '1' && element[1] <= '9' &&
		element[2] == '\0'
	    ? element[1] - '0'
	    : 0;
}

bool
command_is_like(const char *name, size_t len, const char *pattern)
{
	size_t n = strcspn(pattern, "*");

	return (pattern[n] == '*' ? len >= n : len == n) &&
	    strncmp(name, pattern, n) == 0;
}

bool
command_is_reserved(const char *name, size_t len)
{
	static const char *const reserved[] = { /* what haild sets */
		"PATH", "USER", "LOGNAME", "HOME", "SHELL", "PROTO", "TCP*",
		"IPC*", "REMOTE_*", "SSL_*",
		/* shells */
		"IFS", "ENV", "BASH*", "SHELLOPTS", "PS4", "CDPATH",
		"GLOBIGNORE", "FPATH", "ZDOTDIR", "NULLCMD", "READNULLCMD",
		/* the loader and libc */
		"LD_*", "_RLD*", "GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH",
		"NLSPATH", "MALLOC_*", "HOSTALIASES", "LOCALDOMAIN",
		"RES_OPTIONS", "RESOLV_HOST_CONF", "TMPDIR", "TZDIR",
		"TERMINFO*", "TERMCAP", "TERMPATH",
		/* interpreters */
		"PYTHON*", "PERL*", "RUBY*", "NODE_*", "JAVA_*", "_JAVA_*",
		"JDK_JAVA_*", "PHP*", "LUA_*", "TCLLIBPATH"
	};
	size_t i;

	for (i = 0; i < COUNT(reserved); i++)
		if (command_is_like(name, len, reserved[i]))
			return true;
	return false;
}
