#include "session/relay_channel.h"

#define SAME(type) sizeof(type), sizeof(type)

const struct message_kind keeper_kinds[] = {
	{ KEEPER_START, SAME(struct keeper_start), 0 },
	{ KEEPER_READY, 0, 0, 0 },
	{ KEEPER_CLIENT, SAME(struct keeper_client), 2 },
	{ KEEPER_RELAY, SAME(struct keeper_relay), 0 },
	{ 0, 0, 0, 0 },
};

const struct message_kind relay_kinds[] = {
	{ RELAY_GO, 0, 0, 0 },
	{ RELAY_ANNOUNCE, SAME(struct channel_client), 0 },
	{ RELAY_PROXY_FAULT, SAME(uint32_t), 0 },
	{ RELAY_PROVED, SAME(struct tls_session), 0 },
	{ RELAY_FAULT, SAME(uint32_t), 0 },
	{ RELAY_ANSWER, SAME(uint32_t), 0 },
	{ RELAY_SESSION, 0, 0, 1 },
	{ RELAY_GONE, SAME(uint32_t), 0 },
	{ RELAY_BYTES, SAME(struct relay_bytes), 0 },
	{ RELAY_CUT, 0, 0, 0 },
	{ 0, 0, 0, 0 },
};
