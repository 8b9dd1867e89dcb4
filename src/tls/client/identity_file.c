#include "tls/client/identity_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "tls/client/make.h"
#include "tls/client/report.h"

#define FILE_SIZE_MAX 262144

/* --- reading --- */

/* Like ssh(1): an administrator may share a file of root's by its group. */
static bool
is_readable_by_others(const struct stat *st)
{
	mode_t mask = st->st_uid == geteuid() ? 077 : 007;

	return (st->st_mode & mask) != 0;
}

static void
check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		client_fail(
		    HAIL_TLS, "cannot stat %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_SIZE_MAX)
		client_fail(HAIL_TLS, "%s is not a regular file", path);
	if (is_readable_by_others(&st))
		client_fail(HAIL_TLS,
		    "other users can access the private key in %s (mode %04o); "
		    "run \"chmod 600 %s\"",
		    path, (unsigned int)st.st_mode & 07777, path);
}

static void
read_file(gnutls_datum_t *file, int fd, const char *path)
{
	unsigned char *data = malloc(FILE_SIZE_MAX);
	ssize_t n = 1;
	size_t len = 0;

	if (data == NULL)
		client_fail(HAIL_TLS, "out of memory");
	while (len < FILE_SIZE_MAX && n > 0) {
		n = io_read(fd, data + len, FILE_SIZE_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n == -1)
		client_fail(
		    HAIL_TLS, "cannot read %s: %s", path, strerror(errno));
	*file = (gnutls_datum_t) { data, (unsigned int)len };
}

/* --- its parts --- */

static void
load_key(struct client_key *k, const gnutls_datum_t *file, const char *path)
{
	int error = gnutls_privkey_init(&k->key);

	if (error == 0)
		error = gnutls_privkey_import_x509_raw(
		    k->key, file, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (error == GNUTLS_E_DECRYPTION_FAILED)
		client_fail(HAIL_TLS,
		    "the private key in %s is encrypted, and hail does not ask "
		    "for a passphrase; decrypt it with openssl-pkey(1)",
		    path);
	if (error < 0)
		client_fail(HAIL_TLS, "cannot read a private key from %s: %s",
		    path, gnutls_strerror(error));
}

static void
load_chain(struct client_key *k, const gnutls_datum_t *file, const char *path)
{
	int error;

	k->nchain = CLIENT_CHAIN_MAX;
	error = gnutls_pcert_list_import_x509_raw(
	    k->chain, &k->nchain, file, GNUTLS_X509_FMT_PEM, 0);
	if (error < 0 || k->nchain == 0)
		client_fail(HAIL_TLS, "cannot read a certificate from %s: %s",
		    path, gnutls_strerror(error));
}

static bool
is_pair(struct client_key *k)
{
	unsigned char a[32], b[32];
	size_t na = sizeof(a), nb = sizeof(b);
	gnutls_pubkey_t public;
	bool same;

	if (gnutls_pubkey_init(&public) < 0)
		return false;
	same = gnutls_pubkey_import_privkey(public, k->key, 0, 0) == 0 &&
	    gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, a, &na) ==
		0 &&
	    gnutls_pubkey_get_key_id(
		k->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &nb) == 0 &&
	    na == nb && memcmp(a, b, na) == 0;
	gnutls_pubkey_deinit(public);
	return same;
}

static void
load(struct client_key *k, int fd, const char *path)
{
	gnutls_datum_t file;

	check_file(fd, path);
	read_file(&file, fd, path);
	load_key(k, &file, path);
	load_chain(k, &file, path);
	explicit_bzero(file.data, file.size);
	free(file.data);
	if (!is_pair(k))
		client_fail(HAIL_TLS,
		    "the private key and the first certificate in %s do not "
		    "belong together",
		    path);
}

/* --- making one --- */

/* PATH appears at once and complete, unless it exists by then. */
static void
create(const char *path)
{
	char temporary[PATH_MAX];
	gnutls_datum_t pem;
	int fd, error = client_make_identity(&pem);

	if (error < 0)
		client_fail(
		    HAIL_TLS, "cannot make a key: %s", gnutls_strerror(error));
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	if ((fd = mkostemp(temporary, O_CLOEXEC)) == -1) /* mode 0600 */
		client_fail(HAIL_TLS, "cannot create %s: %s", temporary,
		    strerror(errno));
	error = io_write_all(fd, pem.data, pem.size) == -1 || fsync(fd) == -1 ||
		link(temporary, path) == -1
	    ? errno
	    : 0;
	explicit_bzero(pem.data, pem.size);
	gnutls_free(pem.data);
	close(fd);
	unlink(temporary);
	if (error == 0)
		client_note("made a key for this client: %s", path);
	else if (error != EEXIST)
		client_fail(
		    HAIL_TLS, "cannot write %s: %s", path, strerror(error));
}

void
client_key_load(struct client_key *k, const struct client_arguments *a)
{
	int fd;

	k->nchain = 0;
	if (a->identity == CLIENT_IDENTITY_NONE)
		return;
	fd = open(a->identity_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT) {
		if (a->identity == CLIENT_IDENTITY_DEFAULT)
			return;
		if (a->identity == CLIENT_IDENTITY_NEW) {
			create(a->identity_path);
			fd = open(a->identity_path, O_RDONLY | O_CLOEXEC);
		}
	}
	if (fd == -1)
		client_fail(HAIL_TLS, "cannot open %s: %s", a->identity_path,
		    strerror(errno));
	load(k, fd, a->identity_path);
	close(fd);
}
