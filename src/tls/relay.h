/*
 * relay.h -- the process that speaks TLS with one client.
 *
 * The keeper clones it as a child of the daemon.  The relay confines itself,
 * waits for RELAY_GO, reads the preamble, does the handshake, verifies the
 * client, reports, and copies.
 */

#ifndef TLS_RELAY_H
#define TLS_RELAY_H

#include "session/relay_channel.h"
#include "tls/service.h"

#define RELAY_IDENTITIES_MAX 8

struct relay_start {
	const struct tls_service *service;
	struct keeper_client client;
	struct addr local; /* of the client's socket */
	int fd;		   /* the client's socket */
	int channel;	   /* to the daemon */
	int signer;	   /* tls/signer.h */
	int root;	   /* an empty directory, or -1 */
	pid_t daemon;
	const struct identity *user; /* NULL: the daemon is not root */
	/*
	 * The files of identities, checked and open for reading.  A file that
	 * cannot be trusted is -1; a file that does not exist is left out.
	 */
	int identities[RELAY_IDENTITIES_MAX];
	unsigned int nidentities;
};

void relay_run(const struct relay_start *r) __attribute__((noreturn));

#endif
