/*
 * hail_tls.c -- hail-tls, which hail executes where TLS is used.
 */

int
main(void)
{
	return 1;
}
