/*
 * main.c -- haild-tls, which haild executes for services with TLS.
 */

#include <sys/prctl.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/config.h"
#include "tls/check.h"
#include "tls/keeper.h"
#include "tls/make.h"
#include "tls/signer.h"

#define NAME "haild-tls"

int
main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";

	/* Without it, before Linux 6.14, the name is a descriptor's number. */
	prctl(PR_SET_NAME, NAME);
	setproctitle_init(argc, argv, environ);
	if (strcmp(role, "check") == 0 && argc == 3)
		return config_answer_check(NAME, argv[2]);
	if (strcmp(role, "signer") == 0)
		signer_run();
	if (strcmp(role, "keeper") == 0)
		keeper_run();
	if (strcmp(role, "--check") == 0)
		return tls_check(argv + 2);
	if (strcmp(role, "--make-key") == 0)
		return tls_make_run(argv + 2);
	fputs(
	    "haild-tls: haild runs this program by itself; see "
	    "haild-tls(8)\n",
	    stderr);
	return EX_USAGE;
}
