#include "tls/make.h"

#include <sys/stat.h>

#include <gnutls/crypto.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/io.h"

#define DAY 86400
#define VALID_DAYS 3650
#define SERIAL_SIZE 16
#define COMMON_NAME_MAX 64 /* RFC 5280, ub-common-name */
#define NAMES_MAX 32

int
tls_make_key(gnutls_x509_privkey_t *key)
{
	int error = gnutls_x509_privkey_init(key);

	if (error < 0)
		return error;
	error = gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (error < 0)
		gnutls_x509_privkey_deinit(*key);
	return error;
}

/* --- the certificate --- */

static int
add_name(gnutls_x509_crt_t certificate, const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];
	unsigned int size = 0;

	if (inet_pton(AF_INET, name, address) == 1)
		size = sizeof(struct in_addr);
	else if (inet_pton(AF_INET6, name, address) == 1)
		size = sizeof(struct in6_addr);
	if (size > 0)
		return gnutls_x509_crt_set_subject_alt_name(certificate,
		    GNUTLS_SAN_IPADDRESS, address, size, GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(certificate,
	    GNUTLS_SAN_DNSNAME, name, (unsigned int)strlen(name),
	    GNUTLS_FSAN_APPEND);
}

static int
set_names(gnutls_x509_crt_t certificate, const char *const *names)
{
	const char *common = names[0] != NULL ? names[0] : "haild";
	int error;

	if (strlen(common) > COMMON_NAME_MAX)
		common = "haild";
	error = gnutls_x509_crt_set_dn_by_oid(certificate,
	    GNUTLS_OID_X520_COMMON_NAME, 0, common,
	    (unsigned int)strlen(common));
	for (; error >= 0 && *names != NULL; names++)
		error = add_name(certificate, *names);
	return error;
}

/* A positive random number. */
static int
set_serial(gnutls_x509_crt_t certificate)
{
	unsigned char serial[SERIAL_SIZE];
	int error = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	if (error < 0)
		return error;
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	return gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
}

static int
set_key(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	unsigned char id[64];
	size_t size = sizeof(id);
	int error = gnutls_x509_crt_set_key(certificate, key);

	if (error >= 0)
		error = gnutls_x509_crt_get_key_id(certificate, 0, id, &size);
	return error < 0
	    ? error
	    : gnutls_x509_crt_set_subject_key_id(certificate, id, size);
}

static int
set_purpose(gnutls_x509_crt_t certificate, bool client)
{
	const char *purpose =
	    client ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER;
	int error = gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);

	if (error >= 0)
		error = gnutls_x509_crt_set_key_usage(
		    certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
	return error < 0
	    ? error
	    : gnutls_x509_crt_set_key_purpose_oid(certificate, purpose, 0);
}

static int
set_times(gnutls_x509_crt_t certificate)
{
	/* The peer's clock may be slow. */
	time_t from = time(NULL) - DAY, to = from + (time_t)VALID_DAYS * DAY;
	int error = gnutls_x509_crt_set_activation_time(certificate, from);

	return error < 0 ? error
			 : gnutls_x509_crt_set_expiration_time(certificate, to);
}

static int
fill_in(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key,
    const char *const *names, bool client)
{
	int error;

	if ((error = gnutls_x509_crt_set_version(certificate, 3)) < 0 ||
	    (error = set_serial(certificate)) < 0 ||
	    (error = set_times(certificate)) < 0 ||
	    (error = set_names(certificate, names)) < 0 ||
	    (error = set_key(certificate, key)) < 0 ||
	    (error = set_purpose(certificate, client)) < 0)
		return error;
	return gnutls_x509_crt_sign2(
	    certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
}

int
tls_make_certificate(gnutls_x509_crt_t *certificate, gnutls_x509_privkey_t key,
    const char *const *names, bool client)
{
	int error = gnutls_x509_crt_init(certificate);

	if (error < 0)
		return error;
	error = fill_in(*certificate, key, names, client);
	if (error < 0)
		gnutls_x509_crt_deinit(*certificate);
	return error;
}

/* --- the files --- */

/*
 * Write TEXT to a new file PATH, which appears complete.  Returns 0, or -1
 * after a message.
 */
static int
write_file(const char *path, mode_t mode, const gnutls_datum_t *text)
{
	char new[PATH_MAX];
	int fd, result = -1;

	snprintf(new, sizeof(new), "%s.XXXXXX", path);
	if ((fd = mkostemp(new, O_CLOEXEC)) == -1) {
		warn("cannot create %s", path);
		return -1;
	}
	if (fchmod(fd, mode) == 0 &&
	    io_write_all(fd, text->data, text->size) == 0 && fsync(fd) == 0)
		result = link(new, path); /* never replaces a file */
	if (result == -1)
		warn("cannot write %s", path);
	unlink(new);
	close(fd);
	return result;
}

static int
complain(const char *what, int error)
{
	warnx("cannot make a %s: %s", what, gnutls_strerror(error));
	return -1;
}

/* Make a key and write it to PATH. */
static int
make_key_file(gnutls_x509_privkey_t *key, const char *path)
{
	gnutls_datum_t text;
	int error, result;

	if ((error = tls_make_key(key)) < 0)
		return complain("key", error);
	error = gnutls_x509_privkey_export2_pkcs8(
	    *key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text);
	if (error < 0) {
		gnutls_x509_privkey_deinit(*key);
		return complain("key", error);
	}
	result = write_file(path, 0600, &text);
	gnutls_memset(text.data, 0, text.size);
	gnutls_free(text.data);
	if (result == -1)
		gnutls_x509_privkey_deinit(*key);
	return result;
}

/* Load the key in PATH. */
static int
load_key_file(gnutls_x509_privkey_t *key, const char *path)
{
	gnutls_datum_t text;
	int error = gnutls_load_file(path, &text);

	if (error >= 0) {
		error = gnutls_x509_privkey_init(key);
		if (error >= 0 &&
		    (error = gnutls_x509_privkey_import2(
			 *key, &text, GNUTLS_X509_FMT_PEM, NULL, 0)) < 0)
			gnutls_x509_privkey_deinit(*key);
		gnutls_memset(text.data, 0, text.size);
		gnutls_free(text.data);
	}
	if (error >= 0)
		return 0;
	warnx("cannot read the key %s: %s", path, gnutls_strerror(error));
	return -1;
}

static int
make_certificate_file(
    gnutls_x509_privkey_t key, const char *path, const char *const *names)
{
	gnutls_x509_crt_t certificate;
	gnutls_datum_t text;
	int error, result;

	error = tls_make_certificate(&certificate, key, names, false);
	if (error < 0)
		return complain("certificate", error);
	error =
	    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
	gnutls_x509_crt_deinit(certificate);
	if (error < 0)
		return complain("certificate", error);
	result = write_file(path, 0644, &text);
	gnutls_free(text.data);
	return result;
}

static void
add_once(const char **names, const char *name)
{
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (strcasecmp(names[i], name) == 0)
			return;
	if (i < NAMES_MAX && name[0] != '\0') {
		names[i] = name;
		names[i + 1] = NULL;
	}
}

/* The names of ARGV, each once; or this host's name and "localhost". */
static void
choose_names(
    const char **names, char *const *argv, char host[HOST_NAME_MAX + 1])
{
	names[0] = NULL;
	for (; *argv != NULL; argv++)
		add_once(names, *argv);
	if (names[0] != NULL)
		return;
	if (gethostname(host, HOST_NAME_MAX + 1) == -1)
		host[0] = '\0';
	host[HOST_NAME_MAX] = '\0';
	add_once(names, host);
	add_once(names, "localhost");
}

int
tls_make_run(char *const *argv)
{
	const char *names[NAMES_MAX + 1], *key_path = argv[0];
	char host[HOST_NAME_MAX + 1];
	gnutls_x509_privkey_t key;
	int result;

	if (key_path == NULL || argv[1] == NULL) {
		fputs(
		    "usage: haild-tls --make-key KEY CERTIFICATE "
		    "[NAME ...]\n",
		    stderr);
		return EX_USAGE;
	}
	if (access(argv[1], F_OK) == 0) {
		warnx("%s exists already", argv[1]);
		return EX_CANTCREAT;
	}
	choose_names(names, argv + 2, host);
	result = access(key_path, F_OK) == 0 ? load_key_file(&key, key_path)
					     : make_key_file(&key, key_path);
	if (result == -1)
		return EX_CANTCREAT;
	result = make_certificate_file(key, argv[1], names);
	gnutls_x509_privkey_deinit(key);
	return result == 0 ? EX_OK : EX_CANTCREAT;
}
