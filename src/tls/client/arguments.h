/*
 * arguments.h -- the command line of hail-tls (hail/tls_channel.h).
 */

#ifndef TLS_CLIENT_ARGUMENTS_H
#define TLS_CLIENT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#define CLIENT_PINS_MAX 16

enum client_verify {
	CLIENT_VERIFY_NONE,
	CLIENT_VERIFY_PINS,
	CLIENT_VERIFY_CA,
	CLIENT_VERIFY_FIRST,
};

enum client_identity {
	CLIENT_IDENTITY_NONE,
	CLIENT_IDENTITY_NEEDED,
	CLIENT_IDENTITY_DEFAULT, /* if the file exists */
	CLIENT_IDENTITY_NEW,	 /* created if it does not exist */
};

struct client_arguments {
	const char *name; /* of the server; NULL: a Unix socket */
	enum client_verify verify;
	const char *pins[CLIENT_PINS_MAX];
	size_t npins;
	const char *ca; /* a file, or "system" */
	enum client_identity identity;
	const char *identity_path;
	bool show;
	const char *alpn; /* the protocol to offer; NULL: none */
};

/* Read ARGV, without the program's name.  Returns false if one is wrong. */
bool client_arguments_read(struct client_arguments *a, char *const *argv);

#endif
