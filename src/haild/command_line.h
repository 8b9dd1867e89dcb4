/*
 * command_line.h -- the command line of haild.
 */

#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <sysexits.h>

#include "config/config.h"

/* haild(8), EXIT STATUS; EX_TEMPFAIL is one as well.  systemd knows them. */
enum { STATUS_OK, STATUS_RUNTIME, STATUS_USAGE, STATUS_CONFIG = EX_CONFIG };

struct options {
	bool foreground, debug, test, dump, verbose;
	const char *pidfile; /* NULL: none */
	struct config_source source;
};

/* Paths are relative to CWD.  Exits where nothing else is to be done. */
void command_line_parse(
    struct options *o, int argc, char **argv, const char *cwd);

#endif
