/*
 * known_hosts.h -- the keys of servers that hail has called before, and the
 * directory of hail's files.
 *
 * A line is "HOST:PORT PIN", with brackets around an IPv6 address; "#" begins a
 * comment.  A server may have several lines, and each of their keys is
 * accepted.
 */

#ifndef KNOWN_HOSTS_H
#define KNOWN_HOSTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "hail/pin.h"
#include "lib/addr.h"

#define KNOWN_NAME_MAX (ADDR_HOST_MAX + ADDR_PORT_MAX + 4)
#define KNOWN_KEYS_MAX 8

struct known_hosts {
	char path[PATH_MAX]; /* empty if there is no home directory */
	char *text; /* the file's text, to be freed; NULL if there is no file */
};

struct known_key {
	char pin[PIN_SIZE];
	unsigned int line;
};

/*
 * Set PATH to that of hail's file FILE, below $XDG_CONFIG_HOME or ~/.config.
 * Without HOME, the home directory is that of the user database.  Returns
 * false, with PATH empty, if there is none or the path is too long.
 */
bool known_hosts_path(char path[PATH_MAX], const char *file);

/* Create the directory of PATH.  Returns 0, or -1 with the reason in ERR. */
int known_hosts_make_directory(const char *path, char *err, size_t size);

/*
 * Set NAME to "HOST:PORT" of a server that was reached at ADDR: in lower case,
 * with a numeric port.
 */
void known_hosts_name(
    char name[KNOWN_NAME_MAX], const char *host, const struct addr *addr);

/*
 * Read the file.  Returns 0, also if there is no file; or -1 with the reason in
 * ERR if it cannot be read or others can write to it.  Unless it is NEEDED, a
 * file that this user may not read is ignored, because HOME may be another
 * user's.
 */
int known_hosts_read(
    struct known_hosts *k, bool needed, char *err, size_t size);

/*
 * Find the keys of NAME; keys after the first KNOWN_KEYS_MAX are ignored.
 * Returns their number, or -1 with the reason in ERR if a line for NAME has no
 * pin.
 */
int known_hosts_find(const struct known_hosts *k, const char *name,
    struct known_key keys[KNOWN_KEYS_MAX], char *err, size_t size);

/*
 * Add the key of NAME, for which the file had none.  Creates the file and its
 * directory.  Returns 0, or -1 with the reason in ERR, for example if another
 * process has meanwhile added a different key.
 */
int known_hosts_add(const char *name, const char *pin, char *err, size_t size);

#endif
