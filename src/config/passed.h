/*
 * passed.h -- the names of sockets that a supervisor passes: LISTEN_FDNAMES,
 * and listen = ["fd:NAME"].
 */

#ifndef PASSED_H
#define PASSED_H

#include <stdbool.h>

#define PASSED_NAME_MAX 255 /* bytes; FDNAME_MAX of systemd */

/*
 * Whether NAME is empty, or a name as systemd.socket(5) requires it for
 * FileDescriptorName=: printable ASCII without ":".
 */
bool passed_is_valid(const char *name);

#endif
