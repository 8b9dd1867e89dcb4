#include "load/types/rules.h"

#include <net/if.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/command.h"
#include "config/identity.h"
#include "config/variable.h"

void
text_check(const struct reading *r, const char *text)
{
	const struct type *type = r->s->type;
	const char *why = type->check != NULL ? type->check(text) : NULL;

	if (why != NULL)
		loader_error(
		    r->l, r->v, "\"%s\": \"%s\"%s", r->s->name, text, why);
}

const char *
text_check_path(const char *text)
{
	return text[0] == '/' ? NULL : " is not an absolute path";
}

const char *
text_check_socket(const char *text)
{
	return strlen(text) > ADDR_PATH_MAX ? " is too long for a Unix socket"
					    : text_check_path(text);
}

/* As dev_valid_name() of the kernel. */
const char *
text_check_interface(const char *text)
{
	if (strlen(text) >= IF_NAMESIZE)
		return ": an interface's name has at most 15 bytes";
	return text[0] != '\0' &&
		text[strcspn(text, "/: \t\n\v\f\r")] == '\0' &&
		strcmp(text, ".") != 0 && strcmp(text, "..") != 0
	    ? NULL
	    : " is not the name of an interface";
}

const char *
text_check_assignment(const char *text)
{
	return strcspn(text, "=") > 0 && strchr(text, '=') != NULL
	    ? NULL
	    : " is not of the form NAME=value";
}

const char *
text_check_pattern(const char *text)
{
	static char why[128] = ": ";

	return command_check_pattern(text, why + 2, sizeof(why) - 2) == -1
	    ? why
	    : NULL;
}

/* A name, or how names begin and then "*"; then "=" and a pattern. */
const char *
text_check_variable(const char *text)
{
	static char why[128];
	size_t len, n = strcspn(text, "*=");
	const char *pattern = variable_pattern(text, &len), *reason;

	if (n == 0 || isdigit((unsigned char)*text) ||
	    strspn(text, VARIABLE_NAME) != n || n + (text[n] == '*') != len)
		return " is neither NAME nor NAME=PATTERN, where NAME may end "
		       "with \"*\", such as \"LC_*\"";
	if ((reason = variable_reserved(text, n)) == NULL)
		return pattern != NULL ? text_check_pattern(pattern) : NULL;
	snprintf(
	    why, sizeof(why), " is never accepted from a client: %s", reason);
	return why;
}

const char *
text_check_command_name(const char *text)
{
	if (strcmp(text, "help") == 0)
		return ": this command is built in";
	if (strlen(text) > SERVICE_NAME_MAX)
		return ": a command's name has at most 63 bytes";
	return isalpha((unsigned char)text[0]) &&
		text[strspn(text, VARIABLE_NAME "-.$")] == '\0'
	    ? NULL
	    : ": a command's name is letters, digits, \"-\", \"_\", \".\" "
	      "and \"$\", the first a letter";
}

const char *
text_check_protocol(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= ALPN_NAME_MAX
	    ? NULL
	    : ": a protocol's name has 1 to 255 bytes";
}

const char *
text_check_identity(const char *text)
{
	static char why[128];
	const char *error = identity_pattern_error(text);

	if (error == NULL)
		return NULL;
	snprintf(why, sizeof(why), " %s", error);
	return why;
}
