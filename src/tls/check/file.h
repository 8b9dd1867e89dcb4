/*
 * file.h -- read a file for a check.
 */

#ifndef TLS_CHECK_FILE_H
#define TLS_CHECK_FILE_H

#include <sys/stat.h>

#include <gnutls/gnutls.h>

#include <stdbool.h>

#include "tls/check/report.h"

/*
 * Read the file of R, which must be regular and not empty, into DATA, to be
 * freed with check_file_free.  ST gets its stat(2).  Returns 0, or -1
 * (reported).
 */
int check_file_read(struct report *r, gnutls_datum_t *data, struct stat *st);

/* Overwrite DATA, which may hold a key, and free it. */
void check_file_free(gnutls_datum_t *data);

/* Whether DATA has a line "-----BEGIN ...LABEL-----". */
bool check_file_has_pem(const gnutls_datum_t *data, const char *label);

#endif
