/*
 * command.h -- rules of commands, for haild-load and haild-commands.
 */

#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include <regex.h>

#include "config/client.h"
#include "config/config.h"

#define COMMAND_ARGS_MAX 4096 /* arguments, and variables */

/* The characters in the name of a variable. */
#define COMMAND_VARIABLE                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789_"

/*
 * Whether CLIENT, which its service has admitted, may run COMMAND.  Over TCP
 * there are no users: a command for some users only is not there.
 */
bool command_may_run(
    const struct service *command, const struct client *client);

/* The command NAME of SERVICE if CLIENT may run it, or NULL. */
const struct service *command_find(const struct service *service,
    const struct client *client, const char *name);

/* regcomp(3) of ^(PATTERN)$; returns what that returns. */
int command_compile(regex_t *re, const char *pattern);

/* N of an element of exec that is "%N", 1 to 9; or 0. */
int command_placeholder(const char *element);

/* Whether NAME is PATTERN, in which "*" at the end matches any characters. */
bool command_is_like(const char *name, size_t len, const char *pattern);

/*
 * A variable that no client sets, whatever the configuration says: those that
 * shells, the loader and interpreters take commands from, and those that haild
 * sets itself.
 */
bool command_is_reserved(const char *name, size_t len);

#endif
