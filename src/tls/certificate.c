#include "tls/certificate.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"

#define FILE_MAX (64 << 20) /* large lists of revoked certificates exist */
#define CHAIN_MAX 16

/* --- files --- */

/* A single allocation: realloc(3) could leave a copy of a key in memory. */
static const char *
read_all(int fd, gnutls_datum_t *file)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size > FILE_MAX)
		return strerror(EFBIG);
	if ((file->data = malloc((size_t)st.st_size + 1)) == NULL)
		return strerror(errno);
	while (file->size < (unsigned int)st.st_size) {
		n = io_read(fd, file->data + file->size,
		    (size_t)st.st_size - file->size);
		if (n == -1)
			return strerror(errno);
		if (n == 0)
			break;
		file->size += (unsigned int)n;
	}
	file->data[file->size] = '\0';
	return NULL;
}

const char *
tls_file_read(const char *path, gnutls_datum_t *file)
{
	const char *why;
	int fd;

	*file = (gnutls_datum_t) { NULL, 0 };
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return strerror(errno);
	if ((why = read_all(fd, file)) != NULL)
		tls_file_free(file);
	close(fd);
	return why;
}

void
tls_file_free(gnutls_datum_t *file)
{
	if (file->data != NULL)
		explicit_bzero(file->data, file->size);
	free(file->data);
	*file = (gnutls_datum_t) { NULL, 0 };
}

/* --- certificates --- */

/* Add a name of LEN bytes in lower case.  Returns 0, or -1: no memory. */
static int
add_name(struct tls_certificate *c, const char *text, size_t len)
{
	char **names, *p;

	if (len == 0 || memchr(text, '\0', len) != NULL)
		return 0; /* cannot be a host name */
	names = reallocarray(c->names, c->nnames + 1, sizeof(*names));
	if (names == NULL)
		return -1;
	c->names = names;
	if ((p = strndup(text, len)) == NULL)
		return -1;
	names[c->nnames++] = p;
	for (; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return 0;
}

static int
add_common_name(struct tls_certificate *c)
{
	char text[256];
	size_t size = sizeof(text);

	if (gnutls_x509_crt_get_dn_by_oid(
		c->leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &size) < 0)
		return 0;
	return add_name(c, text, size);
}

/* RFC 6125, 6.4.4: the common name counts only if there is no DNS name. */
static int
add_names(struct tls_certificate *c)
{
	unsigned int i, type;
	char text[256];
	size_t size;
	int result;

	for (i = 0;; i++) {
		size = sizeof(text);
		result = gnutls_x509_crt_get_subject_alt_name2(
		    c->leaf, i, text, &size, &type, NULL);
		if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (result >= 0 && type == GNUTLS_SAN_DNSNAME &&
		    add_name(c, text, size) == -1)
			return -1;
	}
	return c->nnames > 0 ? 0 : add_common_name(c);
}

static const char *
take_chain(struct tls_certificate *c, gnutls_x509_crt_t *all, unsigned int n)
{
	int result;

	if (n > CHAIN_MAX)
		return "more than 16 certificates";
	if ((c->chain = calloc(n, sizeof(*c->chain))) == NULL)
		return strerror(errno);
	result = gnutls_pcert_import_x509_list(c->chain, all, &n, 0);
	if (result < 0)
		return gnutls_strerror(result);
	c->nchain = n;
	c->algorithm = (gnutls_pk_algorithm_t)gnutls_x509_crt_get_pk_algorithm(
	    c->leaf, &c->bits);
	return add_names(c) == -1 ? strerror(errno) : NULL;
}

static const char *
import_chain(struct tls_certificate *c, const gnutls_datum_t *file)
{
	gnutls_x509_crt_t *all;
	unsigned int n, i;
	const char *why;
	int result;

	result = gnutls_x509_crt_list_import2(
	    &all, &n, file, GNUTLS_X509_FMT_PEM, 0);
	if (result == GNUTLS_E_NO_CERTIFICATE_FOUND ||
	    result == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR)
		return "no PEM certificate in it";
	if (result < 0)
		return gnutls_strerror(result);
	c->leaf = all[0];
	why = take_chain(c, all, n);
	for (i = 1; i < n; i++)
		gnutls_x509_crt_deinit(all[i]);
	gnutls_free(all);
	return why;
}

static bool
has_private_key(const gnutls_datum_t *file)
{
	static const char mark[] = "PRIVATE KEY-----";

	return file->data != NULL &&
	    memmem(file->data, file->size, mark, sizeof(mark) - 1) != NULL;
}

const char *
tls_certificate_load(struct tls_certificate *c, const char *path)
{
	gnutls_datum_t file;
	const char *why;

	if ((why = tls_file_read(path, &file)) != NULL)
		return why;
	if (has_private_key(&file))
		why = "contains a private key; keep it in the file of tls-key";
	else if ((why = import_chain(c, &file)) != NULL)
		tls_certificate_free(c);
	tls_file_free(&file);
	return why;
}

void
tls_certificate_free(struct tls_certificate *c)
{
	size_t i;

	for (i = 0; i < c->nchain; i++)
		gnutls_pcert_deinit(&c->chain[i]);
	for (i = 0; i < c->nnames; i++)
		free(c->names[i]);
	free(c->chain);
	free(c->names);
	gnutls_x509_crt_deinit(c->leaf);
	*c = (struct tls_certificate) { .key = c->key };
}

/* --- keys --- */

static const char *
import_key(gnutls_privkey_t *key, const gnutls_datum_t *file)
{
	int result = gnutls_privkey_init(key);

	if (result < 0)
		return gnutls_strerror(result);
	result = gnutls_privkey_import_x509_raw(
	    *key, file, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (result >= 0)
		return NULL;
	gnutls_privkey_deinit(*key);
	*key = NULL;
	if (result == GNUTLS_E_DECRYPTION_FAILED)
		return "the key is encrypted; haild cannot ask for its "
		       "passphrase";
	return result == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR ||
		result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
	    ? "no PEM private key in it"
	    : gnutls_strerror(result);
}

const char *
tls_key_load(gnutls_privkey_t *key, const char *path)
{
	gnutls_datum_t file;
	const char *why;

	if ((why = tls_file_read(path, &file)) == NULL)
		why = import_key(key, &file);
	tls_file_free(&file);
	return why;
}

#define ID_SIZE 32 /* SHA-256 */

static int
get_id(gnutls_pubkey_t key, unsigned char id[ID_SIZE])
{
	size_t size = ID_SIZE;

	return gnutls_pubkey_get_key_id(
	    key, GNUTLS_KEYID_USE_SHA256, id, &size);
}

static int
get_certificate_id(const struct tls_certificate *c, unsigned char id[ID_SIZE])
{
	gnutls_pubkey_t key;
	int result = gnutls_pubkey_init(&key);

	if (result < 0)
		return result;
	if ((result = gnutls_pubkey_import_x509(key, c->leaf, 0)) >= 0)
		result = get_id(key, id);
	gnutls_pubkey_deinit(key);
	return result;
}

/*
 * Check the parameters first: the public key in a file may not belong to the
 * private key.
 */
static int
get_key_id(gnutls_privkey_t from, unsigned char id[ID_SIZE])
{
	gnutls_pubkey_t key;
	int result = gnutls_privkey_verify_params(from);

	if (result < 0 || (result = gnutls_pubkey_init(&key)) < 0)
		return result;
	if ((result = gnutls_pubkey_import_privkey(key, from, 0, 0)) >= 0)
		result = get_id(key, id);
	gnutls_pubkey_deinit(key);
	return result;
}

const char *
tls_key_match(const struct tls_certificate *c, gnutls_privkey_t key)
{
	unsigned char ids[2][ID_SIZE];
	int result = get_certificate_id(c, ids[0]);

	if (result >= 0)
		result = get_key_id(key, ids[1]);
	if (result < 0)
		return gnutls_strerror(result);
	return memcmp(ids[0], ids[1], ID_SIZE) == 0
	    ? NULL
	    : "the key does not match the certificate";
}
