#include "tests/unit/tls/world.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "session/relay_channel.h"

const struct kind kinds[NKINDS] = {
	[RSA] = { "rsa", GNUTLS_PK_RSA, 2048 },
	[P256] = { "p256", GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
	[P384] = { "p384", GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1) },
	[P521] = { "p521", GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1) },
	[ED25519] = { "ed25519", GNUTLS_PK_EDDSA_ED25519, 256 },
};

#define GOOD(call) ck_assert_int_ge((call), 0)

static void
set_name(gnutls_x509_crt_t crt, const char *name)
{
	if (strncmp(name, "cn=", 3) == 0)
		GOOD(gnutls_x509_crt_set_dn_by_oid(crt,
		    GNUTLS_OID_X520_COMMON_NAME, 0, name + 3,
		    (unsigned int)strlen(name + 3)));
	else
		GOOD(gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name),
		    GNUTLS_FSAN_APPEND));
}

struct pair
pair_make(
    const struct kind *kind, const struct pair *by, const char *const *names)
{
	static unsigned char serial;
	time_t now = time(NULL);
	struct pair p;

	serial++;
	GOOD(gnutls_x509_crt_init(&p.crt));
	GOOD(gnutls_x509_privkey_init(&p.key));
	GOOD(gnutls_x509_privkey_generate(
	    p.key, kind->algorithm, kind->bits, 0));
	GOOD(gnutls_x509_crt_set_version(p.crt, 3));
	GOOD(gnutls_x509_crt_set_serial(p.crt, &serial, 1));
	GOOD(gnutls_x509_crt_set_activation_time(p.crt, now - 60));
	GOOD(gnutls_x509_crt_set_expiration_time(p.crt, now + 3600));
	GOOD(gnutls_x509_crt_set_key(p.crt, p.key));
	for (; *names != NULL; names++)
		set_name(p.crt, *names);
	if (by == NULL)
		GOOD(gnutls_x509_crt_set_basic_constraints(p.crt, 1, -1));
	GOOD(gnutls_x509_crt_sign2(p.crt, by != NULL ? by->crt : p.crt,
	    by != NULL ? by->key : p.key,
	    kind->algorithm == GNUTLS_PK_EDDSA_ED25519 && by == NULL
		? GNUTLS_DIG_SHA512
		: GNUTLS_DIG_SHA256,
	    0));
	return p;
}

void
pair_free(struct pair *p)
{
	gnutls_x509_crt_deinit(p->crt);
	gnutls_x509_privkey_deinit(p->key);
}

static void
append(const char *path, const gnutls_datum_t *pem)
{
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(pem->data, 1, pem->size, f), pem->size);
	ck_assert_int_eq(fclose(f), 0);
}

void
certificate_append(const struct pair *p, const char *path)
{
	gnutls_datum_t pem;

	GOOD(gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &pem));
	append(path, &pem);
	gnutls_free(pem.data);
}

void
pair_write(const struct pair *p, const char *name)
{
	gnutls_datum_t pem;
	char path[64];

	snprintf(path, sizeof(path), "%s.crt", name);
	unlink(path);
	certificate_append(p, path);
	snprintf(path, sizeof(path), "%s.key", name);
	unlink(path);
	GOOD(gnutls_x509_privkey_export2_pkcs8(
	    p->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem));
	append(path, &pem);
	gnutls_free(pem.data);
}

void
pair_write_kind(const struct kind *kind, const char *name)
{
	struct pair p = pair_make(kind, NULL, LIST("host.example"));

	pair_write(&p, name);
	pair_free(&p);
}

void
world_seal(struct arena *a, const struct service *services, size_t n)
{
	struct config *c;
	struct service *s;
	gid_t *group;

	ck_assert_int_eq(arena_create(a, 1), 0);
	ck_assert_int_eq(arena_open(a), 0);
	c = arena_alloc(a, sizeof(*c));
	strlcpy(c->stamp, config_stamp_text(), sizeof(c->stamp));
	s = arena_alloc(a, n * sizeof(*s));
	memcpy(s, services, n * sizeof(*s));
	group = arena_alloc(a, sizeof(*group));
	*group = getgid();
	c->services = s;
	c->nservices = n;
	c->tls = (struct identity) { .name = "nobody",
		.uid = 65534,
		.gid = *group,
		.groups = group,
		.ngroups = 1 };
	ck_assert_int_eq(arena_finish(a), 0);
	ck_assert_ptr_nonnull(arena_seal(a));
	munmap(a->base, ARENA_SIZE);
	a->base = NULL;
}

int
world_root(void)
{
	return geteuid() == 0 ? confine_open_root()
			      : open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* As the daemon does, but for execve(2). */
static void __attribute__((noreturn))
run_with(void (*run)(void), const int *keep, size_t n)
{
	int last = 2 + (int)n, program = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (program == -1 || fds_arrange(program, keep, n) == -1)
		_exit(99);
	close_range((unsigned int)last + 1, ~0U, 0);
	run();
	_exit(98);
}

pid_t
world_start(void (*run)(void), const struct arena *a, int channel, int daemon,
    const int *fds, size_t n)
{
	struct keeper_start start = {
		.slot = a->slot, .has_root = geteuid() == 0, .daemon = getpid()
	};
	int keep[8] = { channel, a->fd };
	pid_t pid;

	ck_assert_uint_le(n, 6);
	memcpy(keep + 2, fds, n * sizeof(*fds));
	log_get(&start.log);
	/* The log is on standard error, which stays where it is. */
	start.log.fds[0] = -1;
	start.log.fds[1] = start.log.fds[1] != -1 ? STDERR_FILENO : -1;
	ck_assert_int_eq(
	    message_send(daemon, KEEPER_START, &start, sizeof(start), 0), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0)
		run_with(run, keep, n + 2);
	close(channel);
	return pid;
}

void
expect_exit(pid_t pid, int status)
{
	int how = unit_wait(pid);

	ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == status,
	    "wait status %#x, not exit status %d", how, status);
}
