/*
 * passed.h -- the names of sockets that a supervisor passes: LISTEN_FDNAMES,
 * and listen = ["fd:NAME"].
 */

#ifndef PASSED_H
#define PASSED_H

#include <stdbool.h>

#define PASSED_NAME_MAX 255 /* bytes; FDNAME_MAX of systemd */

/*
 * Whether NAME is printable ASCII without ":", as systemd.socket(5) has it for
 * FileDescriptorName=, or empty.
 */
bool passed_is_valid(const char *name);

#endif
