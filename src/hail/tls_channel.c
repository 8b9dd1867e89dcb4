#include "hail/tls_channel.h"

#include <stddef.h>

#define MIN offsetof(struct tls_report, text)
#define MAX sizeof(struct tls_report)

const struct message_kind tls_helper_kinds[] = {
	{ TLS_NOTE, MIN, MAX, 0 },
	{ TLS_READY, MIN, MAX, 0 },
	{ TLS_FAILED, MIN, MAX, 0 },
	{ TLS_ENDED, MIN, MAX, 0 },
	{ 0, 0, 0, 0 },
};
