/*
 * world.h -- what the tests of src/tls share: certificates, a configuration
 * that was not read from a file, and the processes of haild-tls.
 */

#ifndef UNIT_TLS_WORLD_H
#define UNIT_TLS_WORLD_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "config/arena.h"
#include "config/config.h"
#include "tests/unit/unit.h"

/* A kind of key; BITS as for gnutls_x509_privkey_generate. */
struct kind {
	const char *name;
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits;
};

enum { RSA, P256, P384, P521, ED25519, NKINDS };
extern const struct kind kinds[NKINDS];

/* A pair that signed itself, or was signed by BY (NULL: itself). */
struct pair {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/* NAMES are DNS names, or "cn=..." ; NULL ends them. */
struct pair pair_make(
    const struct kind *kind, const struct pair *by, const char *const *names);
void pair_free(struct pair *p);

/* Write NAME.crt and NAME.key in PEM. */
void pair_write(const struct pair *p, const char *name);

/* Make and write a pair of KIND that is called NAME, for host.example. */
void pair_write_kind(const struct kind *kind, const char *name);

/* Append the certificate to the file PATH. */
void certificate_append(const struct pair *p, const char *path);

/*
 * Seal a configuration of N services in the arena A, which this process has not
 * mapped then.  Texts of the services are not copied: forked processes have
 * them too.
 */
void world_seal(struct arena *a, const struct service *services, size_t n);

/* A list of texts, which NULL ends, as settings are. */
#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })

/* An empty directory for chroot(2), or /dev/null where that is not permitted.
 */
int world_root(void);

/*
 * Fork a process that runs RUN, signer_run or keeper_run, with the descriptors
 * CHANNEL, the configuration A, and then the N FDS.  Closes CHANNEL here. Sends
 * KEEPER_START to it over DAEMON, the other end.
 */
pid_t world_start(void (*run)(void), const struct arena *a, int channel,
    int daemon, const int *fds, size_t n);

/* Fail unless PID, a child, has exited with STATUS. */
void expect_exit(pid_t pid, int status);

#endif
