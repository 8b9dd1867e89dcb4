/*
 * main.c -- haild-commands, until it has a room of its own: its check alone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/config.h"

int
main(int argc, char **argv)
{
	const char *error;

	if (argc != 3 || strcmp(argv[1], "check") != 0)
		return EX_USAGE;
	if ((error = config_stamp_error("haild-commands", argv[2])) == NULL)
		return EXIT_SUCCESS;
	fprintf(stderr, "%s\n", error);
	return EX_TEMPFAIL;
}
