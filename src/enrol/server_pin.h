/*
 * server_pin.h -- get the pin of the server's certificate from haild-tls,
 * because this program has no TLS library.
 */

#ifndef ENROL_SERVER_PIN_H
#define ENROL_SERVER_PIN_H

#include "enrol/token.h"

/*
 * Write the pin of the first certificate in the file CERTIFICATE to PIN.
 * Executes haild-tls from the directory of this program or from libexecdir.
 * Returns 0, or -1 after the reason was logged.
 */
int server_pin_get(char pin[TOKEN_PIN_LEN + 1], const char *certificate);

#endif
