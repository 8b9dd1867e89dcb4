#include "commands/exchange.h"

#define EXACTLY(size) (size), (size), 0

const struct message_kind exchange_kinds[] = {
	{ EXCHANGE_ADMITTED, EXACTLY(0) },
	{ EXCHANGE_REFUSED, EXACTLY(0) },
	{ EXCHANGE_RUNNING, EXACTLY(sizeof(uint32_t)) },
	{ EXCHANGE_END, EXACTLY(sizeof(struct exchange_end)) },
	{ EXCHANGE_HEADER, EXACTLY(sizeof(struct proxy)) },
	{ EXCHANGE_FAULT, EXACTLY(sizeof(uint32_t)) },
	{ EXCHANGE_REQUEST, EXACTLY(sizeof(uint32_t)) },
	{ EXCHANGE_PART, 1, EXCHANGE_PART_MAX, 0 },
	{ EXCHANGE_GONE, EXACTLY(0) },
	{ EXCHANGE_INVALID, EXACTLY(sizeof(struct exchange_invalid)) },
	{ EXCHANGE_DONE, EXACTLY(sizeof(struct exchange_counts)) },
	{ 0, EXACTLY(0) },
};
