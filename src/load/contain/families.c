/*
 * families.c -- the names of address families, for all architectures the same
 * numbers (linux/socket.h).
 */

#include "load/contain/families.h"

#include <sys/socket.h>

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The index is the number. */
static const char *const families[] = {
	"AF_UNSPEC",
	"AF_UNIX",
	"AF_INET",
	"AF_AX25",
	"AF_IPX",
	"AF_APPLETALK",
	"AF_NETROM",
	"AF_BRIDGE",
	"AF_ATMPVC",
	"AF_X25",
	"AF_INET6",
	"AF_ROSE",
	"AF_DECnet",
	"AF_NETBEUI",
	"AF_SECURITY",
	"AF_KEY",
	"AF_NETLINK",
	"AF_PACKET",
	"AF_ASH",
	"AF_ECONET",
	"AF_ATMSVC",
	"AF_RDS",
	"AF_SNA",
	"AF_IRDA",
	"AF_PPPOX",
	"AF_WANPIPE",
	"AF_LLC",
	"AF_IB",
	"AF_MPLS",
	"AF_CAN",
	"AF_TIPC",
	"AF_BLUETOOTH",
	"AF_IUCV",
	"AF_RXRPC",
	"AF_ISDN",
	"AF_PHONET",
	"AF_IEEE802154",
	"AF_CAIF",
	"AF_ALG",
	"AF_NFC",
	"AF_VSOCK",
	"AF_KCM",
	"AF_QIPCRTR",
	"AF_SMC",
	"AF_XDP",
	"AF_MCTP",
};

int
family_find(const char *name)
{
	int i;

	if (strcmp(name, "AF_LOCAL") == 0)
		return AF_UNIX;
	for (i = 0; i < (int)COUNT(families); i++)
		if (strcmp(families[i], name) == 0)
			return i;
	return -1;
}

const char *
family_name(size_t i)
{
	return i < COUNT(families) ? families[i] : NULL;
}
