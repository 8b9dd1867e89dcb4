/*
 * main.c -- haild-tls, which haild executes for services with TLS.
 */

#include <sys/prctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "tls/check.h"
#include "tls/make.h"
#include "tls/pin.h"
#include "tls/server/keeper.h"
#include "tls/server/signer.h"

#define NAME "haild-tls"
#define USAGE                                                           \
	"usage: haild-tls --pin FILE\n"                                 \
	"       haild-tls --make-key KEY CERTIFICATE [NAME ...]\n"      \
	"       haild-tls --check SETTING=VALUE ...\n"                  \
	"haild runs this program by itself for services with TLS; see " \
	"haild-tls(8)\n"

int
main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";
	int status;

	/*
	 * The process was executed by descriptor: before Linux 6.14 its name is
	 * the descriptor's number.
	 */
	prctl(PR_SET_NAME, NAME);
	setproctitle_init(argc, argv, environ);
	/* The library would write the secrets of each session to this file. */
	unsetenv("SSLKEYLOGFILE");
	if (strcmp(role, "check") == 0 && argc == 3) {
		status = config_answer_check(NAME, argv[2]);
		/* Not exit(3): the library has nothing to clean up. */
		fflush(stdout);
		_exit(status);
	}
	if (strcmp(role, "signer") == 0)
		signer_run();
	if (strcmp(role, "keeper") == 0)
		keeper_run();
	if (strcmp(role, "--check") == 0)
		return tls_check(argv + 2);
	if (strcmp(role, "--make-key") == 0)
		return tls_make_run(argv + 2);
	if (strcmp(role, "--pin") == 0 && argc == 3)
		return tls_pin_file(argv[2]);
	fputs(USAGE, stderr);
	return EX_USAGE;
}
