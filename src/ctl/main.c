/*
 * main.c -- haildctl: see and steer a running haild.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"

static void
print_record(void *arg, enum answer_kind kind, const void *record)
{
	struct record_writer w = { .out = arg };

	record_write(&w, &answer_format.kinds[kind], record);
}

/* TODO(H5) */
int
main(int argc, char **argv)
{
	struct control_request r = { .command = CONTROL_STATUS };
	enum control_status status;
	char error[512];

	if (argc > 1 && strcmp(argv[1], "-s") == 0) {
		argc--;
		argv++;
	}
	if (argc > 2)
		r.command = control_command_find(argv[2]);
	if (argc > 3 && strcmp(argv[3], "--wait") == 0) {
		r.wait = true;
		if (argc > 4)
			r.service = argv[4];
	} else if (argc > 3)
		r.service = argv[3];
	if (argc < 2 || r.command == NCONTROL_COMMANDS)
		errx(CONTROL_USAGE, "usage: haildctl socket command");
	status = client_ask(
	    argv[1], &r, -1, print_record, stdout, error, sizeof(error));
	if (*error != '\0')
		warnx("%s", error);
	return (int)status;
}
