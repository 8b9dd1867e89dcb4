/*
 * command.h -- rules of commands, for haild-load and haild-commands.
 */

#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include <regex.h>

#include "config/client.h"
#include "config/config.h"

#define COMMAND_ARGS_MAX 4096 /* arguments, and variables */

/*
 * Whether CLIENT, which its service has admitted, may run COMMAND.  Over TCP
 * there are no users: a command for some users only is not there.  Without TLS
 * there are no identities: a command with allow-identity is not there.  Any of
 * the client's names may be the one that is allowed.
 */
bool command_may_run(
    const struct service *command, const struct client *client);

/* The command NAME of SERVICE if CLIENT may run it, or NULL. */
const struct service *command_find(const struct service *service,
    const struct client *client, const char *name);

/*
 * Check PATTERN: it must be an extended regular expression without
 * back-references, with which regexec(3) would take exponential time.  Returns
 * 0, or -1 and the reason in WHY.
 */
int command_check_pattern(const char *pattern, char *why, size_t size);

/* regcomp(3) of ^(PATTERN)$; returns what that returns. */
int command_compile(regex_t *re, const char *pattern);

/*
 * Find the first placeholder in TEXT, a part of an element of exec: "%1" to
 * "%9", which an argument replaces, or "%%1" to "%%9", which stand for "%1" to
 * "%9".  Returns NULL if there is none; else *N is the argument's number, or 0
 * for "%%1" to "%%9".
 */
const char *command_placeholder(const char *text, int *n);

#endif
