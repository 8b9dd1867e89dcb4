/*
 * main.c -- haild-commands, which haild executes for services with commands.
 *
 * src/commands/ is this program.  Its roles:
 *
 *	check STAMP		print the name and the stamp; of another build:
 *				print why not, and exit 75
 *	monitor			responsible for one session; the privileges that
 *				the service's commands need; reads no byte of
 *				the client's
 *	speaker SERVICE PID	reads what the client sends, without privileges
 */

#include <sys/prctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/monitor.h"
#include "commands/speaker.h"
#include "config/config.h"
#include "lib/number.h"

#define NAME "haild-commands"

int
main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";
	int64_t parent;

	/* Without it, before Linux 6.14, the name is a descriptor's number. */
	prctl(PR_SET_NAME, NAME);
	setproctitle_init(argc, argv, environ);
	if (strcmp(role, "check") == 0 && argc == 3)
		return config_answer_check(NAME, argv[2]);
	if (strcmp(role, "monitor") == 0)
		monitor_run();
	if (strcmp(role, "speaker") == 0 && argc == 4 &&
	    number_parse(argv[3], 1, INT32_MAX, &parent)) {
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		setproctitle("%s speaker", argv[2]);
		speaker_run(argv[2], (pid_t)parent);
	}
	fputs(
	    "haild-commands: haild runs this program by itself; see "
	    "haild-commands(7)\n",
	    stderr);
	return EX_USAGE;
}
