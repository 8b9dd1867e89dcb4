#include "tls/check/key.h"

#include <sys/xattr.h>

#include <gnutls/abstract.h>

#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tls/check/file.h"

/* Debian's group for programs that may read keys. */
#define KEY_GROUP "ssl-cert"

/* --- access to the file --- */

/*
 * A daemon that is not root can read a key of root's only by its group: so are
 * the secrets that a container gets.
 */
static bool
is_own_group(const struct stat *st)
{
	return geteuid() != 0 && st->st_uid == 0 &&
	    (st->st_gid == getegid() || group_member(st->st_gid));
}

static bool
is_key_group(const struct stat *st)
{
	const struct group *group;

	if (st->st_gid == 0 || is_own_group(st))
		return true;
	group = getgrgid(st->st_gid);
	return group != NULL && strcmp(group->gr_name, KEY_GROUP) == 0;
}

static void
check_readers(struct report *r, const struct stat *st)
{
	if (st->st_mode & S_IRWXO)
		report_error(r,
		    "other users have access to this private key (mode %04o): "
		    "chmod go= it",
		    (unsigned int)(st->st_mode & 07777));
	else if ((st->st_mode & S_IRWXG) && !is_key_group(st))
		report_error(r,
		    "the group %u has access to this private key (mode %04o), "
		    "and is neither root's nor \"" KEY_GROUP "\": chmod g= it",
		    (unsigned int)st->st_gid,
		    (unsigned int)(st->st_mode & 07777));
	/*
	 * With an access control list, the mode's group bits are the mask of
	 * acl(5), not the group's access.
	 */
	else if ((st->st_mode & S_IRWXG) &&
	    getxattr(r->file, "system.posix_acl_access", NULL, 0) > 0)
		report_error(r,
		    "an access control list gives others access to this "
		    "private key: setfacl -b it");
}

/* --- the contents --- */

static bool
is_encrypted(const gnutls_datum_t *data)
{
	return check_file_has_pem(data, "ENCRYPTED PRIVATE KEY") ||
	    strstr((const char *)data->data, "Proc-Type: 4,ENCRYPTED") != NULL;
}

static int
import(struct report *r, gnutls_x509_privkey_t key, const gnutls_datum_t *data)
{
	int error;

	if (is_encrypted(data)) {
		report_error(r,
		    "the key is encrypted, and haild has no passphrase: "
		    "decrypt it with \"openssl pkey -in FILE -out NEW\"");
		return -1;
	}
	if (!check_file_has_pem(data, "PRIVATE KEY")) {
		report_error(r,
		    "has no private key: it must have \"-----BEGIN PRIVATE "
		    "KEY-----\" (PEM)");
		return -1;
	}
	error = gnutls_x509_privkey_import2(
	    key, data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (error < 0)
		report_error(r, "the key is damaged or incomplete: %s",
		    gnutls_strerror(error));
	return error < 0 ? -1 : 0;
}

static int
check_algorithm(struct report *r, gnutls_x509_privkey_t key)
{
	int algorithm = gnutls_x509_privkey_get_pk_algorithm(key);

	switch (algorithm) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
	case GNUTLS_PK_ECDSA:
	case GNUTLS_PK_EDDSA_ED25519:
		return 0;
	}
	report_error(r, "is a key for %s: haild uses RSA, ECDSA and Ed25519",
	    gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm));
	return -1;
}

/* --- the pair --- */

/* Whether CERT verifies a signature by KEY. */
static bool
is_pair(gnutls_privkey_t key, gnutls_pubkey_t public)
{
	static unsigned char text[] = "haild-tls --check";
	const gnutls_datum_t data = { text, sizeof(text) };
	gnutls_datum_t signature = { NULL, 0 };
	gnutls_digest_algorithm_t hash;
	gnutls_sign_algorithm_t algorithm;
	unsigned int mandatory;
	int result;

	if (gnutls_privkey_get_pk_algorithm(key, NULL) !=
		gnutls_pubkey_get_pk_algorithm(public, NULL) ||
	    gnutls_pubkey_get_preferred_hash_algorithm(
		public, &hash, &mandatory) < 0)
		return false;
	algorithm = gnutls_pk_to_sign(
	    (gnutls_pk_algorithm_t)gnutls_pubkey_get_pk_algorithm(public, NULL),
	    hash);
	if (gnutls_privkey_sign_data2(key, algorithm, 0, &data, &signature) < 0)
		return false;
	result =
	    gnutls_pubkey_verify_data2(public, algorithm, 0, &data, &signature);
	gnutls_free(signature.data);
	return result >= 0;
}

static void
check_pair(struct report *r, gnutls_x509_privkey_t key, gnutls_x509_crt_t cert,
    const char *certificate)
{
	gnutls_privkey_t private = NULL;
	gnutls_pubkey_t public = NULL;

	if (gnutls_privkey_init(&private) < 0 ||
	    gnutls_pubkey_init(&public) < 0 ||
	    gnutls_privkey_import_x509(private, key, 0) < 0 ||
	    gnutls_pubkey_import_x509(public, cert, 0) < 0 ||
	    !is_pair(private, public))
		report_error(r,
		    "is not the key of the certificate in %s: both lists need "
		    "the same order",
		    certificate);
	gnutls_privkey_deinit(private);
	gnutls_pubkey_deinit(public);
}

void
check_key(struct report *r, gnutls_x509_crt_t cert, const char *certificate)
{
	gnutls_datum_t data = { NULL, 0 };
	gnutls_x509_privkey_t key;
	struct stat st;

	if (check_file_read(r, &data, &st) == -1)
		return;
	check_readers(r, &st);
	if (gnutls_x509_privkey_init(&key) < 0) {
		report_error(r, "cannot be checked: out of memory");
		check_file_free(&data);
		return;
	}
	if (import(r, key, &data) == 0 && check_algorithm(r, key) == 0 &&
	    cert != NULL)
		check_pair(r, key, cert, certificate);
	gnutls_x509_privkey_deinit(key);
	check_file_free(&data);
}
