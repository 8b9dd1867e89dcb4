#include "tls/hello.h"

#include <string.h>

/* ClientHello, RFC 5246, 7.4.1.2: version, random; the session ID; suites */
#define SESSION_ID_AT 34
#define SUITE_SIZE 2

/* A list of suites. */
struct list {
	const unsigned char *at;
	size_t len;
};

static struct list
find_list(const unsigned char *body, size_t len)
{
	struct list none = { body, 0 }, list;
	size_t at;

	if (len <= SESSION_ID_AT)
		return none;
	at = SESSION_ID_AT + 1 + body[SESSION_ID_AT];
	if (len < at + 2)
		return none;
	list.at = body + at + 2;
	list.len = (size_t)(body[at] << 8 | body[at + 1]);
	return list.len <= len - (at + 2) ? list : none;
}

static bool
has(const struct list *list, const unsigned char suite[SUITE_SIZE])
{
	size_t i;

	for (i = 0; i + SUITE_SIZE <= list->len; i += SUITE_SIZE)
		if (memcmp(list->at + i, suite, SUITE_SIZE) == 0)
			return true;
	return false;
}

void
hello_read(struct hello_suites *suites, gnutls_priority_t priority,
    const void *body, size_t len)
{
	const struct list list = find_list(body, len);
	gnutls_kx_algorithm_t exchange;
	unsigned char suite[SUITE_SIZE];
	unsigned int i, index;
	int result;

	*suites = (struct hello_suites) { false, false };
	for (i = 0; (result = gnutls_priority_get_cipher_suite_index(priority,
			 i, &index)) != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	     i++) {
		if (result < 0 ||
		    gnutls_cipher_suite_info(
			index, suite, &exchange, NULL, NULL, NULL) == NULL ||
		    !has(&list, suite))
			continue;
		suites->rsa |= exchange == GNUTLS_KX_ECDHE_RSA;
		suites->ecdsa |= exchange == GNUTLS_KX_ECDHE_ECDSA;
	}
}
