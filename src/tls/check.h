/*
 * check.h -- "haild-tls --check": whether the files of a service can be used.
 */

#ifndef TLS_CHECK_H
#define TLS_CHECK_H

/*
 * ARGV, which ends with NULL, has "certificate=FILE", "key=FILE",
 * "client-ca=FILE", "client-crl=FILE", "priority=TEXT", "minimum=1.2"; the Nth
 * certificate belongs to the Nth key.  Prints lines "error: TEXT", "denied:
 * TEXT", "warning: TEXT" and "advice: TEXT" on standard output, and "expires: N
 * TIME", seconds since 1970, for the Nth certificate, from 0.  Returns
 * EX_CONFIG if there was an error or a file may not be read, else 0.
 */
int tls_check(char *const *argv);

#endif
