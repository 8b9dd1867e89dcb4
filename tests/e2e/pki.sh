# pki.sh -- make keys, certificates and revocation lists, with openssl(1).  To be
# sourced, after lib.sh, and after need_root and own_world, which execute the
# script again.  All files are in $pki:
#
#	NAME.key	a private key, with mode 0600
#	NAME.pem	its certificate, then those of the CAs that issued it,
#			without the root
#	NAME.crl	the revocation list of a CA
#
#	pki_ca root; pki_ca middle root
#	pki_cert web middle server DNS:www.example.org
#	pki_cert ops middle client URI:spiffe://example.org/ops
#	pki_self alice client; pin=$(pki_pin alice)
#	pki_revoke ops middle; pki_crl middle
#
# Nothing is made twice: a function whose files exist leaves them alone.
#
# shellcheck shell=sh disable=SC2154 # variables of lib.sh

command -v openssl >/dev/null || skip_all 'needs openssl'
pki=$tmp/pki
mkdir -p "$pki"
export pki

# What "openssl ca" wants to know.  It takes the CA from the environment.
cat >"$pki/openssl.cnf" <<'END'
[req]
distinguished_name = empty
[empty]
[ca]
default_ca = this
[this]
database = $ENV::pki/$ENV::PKI_CA.db
certificate = $ENV::pki/$ENV::PKI_CA.pem
private_key = $ENV::pki/$ENV::PKI_CA.key
new_certs_dir = $ENV::pki
rand_serial = yes
unique_subject = no
default_md = sha256
default_days = 90
default_crl_days = 90
policy = any
[any]
countryName = optional
organizationName = optional
commonName = optional
END
PKI_CA=root
export PKI_CA

# pki_openssl ARGUMENT...: openssl, which writes what is wrong to standard error.
pki_openssl()
{
	openssl "$@" >"$pki/openssl.out" 2>&1 && return
	echo "# failed: openssl $*" >&2
	sed 's/^/# /' "$pki/openssl.out" >&2
	return 1
}

# pki_key NAME [ecdsa|rsa|ed25519]: make a private key.
pki_key()
{
	[ ! -e "$pki/$1.key" ] || return 0
	case ${2:-ecdsa} in
	rsa) set -- "$1" RSA -pkeyopt rsa_keygen_bits:2048 ;;
	ed25519) set -- "$1" ED25519 ;;
	*) set -- "$1" EC -pkeyopt ec_paramgen_curve:P-256 ;;
	esac
	pki_key_name=$1
	shift
	(umask 077 && pki_openssl genpkey -algorithm "$@" \
	    -out "$pki/$pki_key_name.key")
}

# pki_read NAME WORD...: what kind of certificate is wanted:
#
#	server client	its purpose; both, or none, if there is no such word
#	ecdsa rsa ed25519	its key
#	DNS:X URI:X email:X IP:X	a name; several are possible
#	cn=X		its common name, instead of NAME; "cn=": no subject
#	expired future	its dates: a year ago, or in a year
#	days=N		until N days from now
pki_read()
{
	pki_type='' pki_names='' pki_use='' pki_cn=$1 pki_from='' pki_to=''
	shift
	for pki_word; do
		case $pki_word in
		server) pki_use=${pki_use:+$pki_use,}serverAuth ;;
		client) pki_use=${pki_use:+$pki_use,}clientAuth ;;
		ecdsa | rsa | ed25519) pki_type=$pki_word ;;
		cn=*) pki_cn=${pki_word#cn=} ;;
		expired)
			pki_from=$(pki_date '-1 year') pki_to=$(pki_date '-1 day')
			;;
		future)
			pki_from=$(pki_date '+1 day') pki_to=$(pki_date '+1 year')
			;;
		days=*)
			pki_from=$(pki_date '-1 day')
			pki_to=$(pki_date "+${pki_word#days=} days")
			;;
		*) pki_names=${pki_names:+$pki_names,}$pki_word ;;
		esac
	done
}

# pki_date WHEN: as certificates have it.
pki_date()
{
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

# pki_extensions: what pki_read has found, for a file of extensions.
pki_extensions()
{
	echo 'basicConstraints = critical, CA:FALSE'
	echo 'keyUsage = critical, digitalSignature'
	[ -z "$pki_use" ] || echo "extendedKeyUsage = $pki_use"
	[ -z "$pki_names" ] || echo "subjectAltName = $pki_names"
}

# pki_sign NAME CA EXTENSIONS: have the CA issue NAME.pem.
pki_sign()
{
	PKI_CA=$2
	[ -n "$pki_cn" ] && pki_subject="/CN=$pki_cn" || pki_subject=/
	pki_openssl req -new -config "$pki/openssl.cnf" -key "$pki/$1.key" \
	    -subj "$pki_subject" -out "$pki/$1.csr" &&
	    pki_openssl ca -batch -notext -config "$pki/openssl.cnf" \
		${pki_to:+-startdate "$pki_from" -enddate "$pki_to"} \
		-extfile "$3" -in "$pki/$1.csr" -out "$pki/$1.new" || return
	# The root is what the other end has.
	{
		cat "$pki/$1.new"
		[ -e "$pki/$2.root" ] || cat "$pki/$2.pem"
	} >"$pki/$1.pem"
	rm "$pki/$1.new" "$pki/$1.csr"
}

# pki_ca NAME [ISSUER [DOMAIN]]: make a CA: a root, or one that ISSUER has issued,
# for the names in DOMAIN only.
pki_ca()
{
	[ ! -e "$pki/$1.pem" ] || return 0
	: >"$pki/$1.db"
	pki_key "$1"
	pki_read "CA $1"
	if [ -z "${2:-}" ]; then
		: >"$pki/$1.root"
		pki_openssl req -new -x509 -config "$pki/openssl.cnf" -days 90 \
		    -key "$pki/$1.key" -subj "/CN=$pki_cn" \
		    -addext 'basicConstraints = critical, CA:TRUE' \
		    -addext 'keyUsage = critical, keyCertSign, cRLSign' \
		    -out "$pki/$1.pem"
		return
	fi
	cat >"$pki/$1.ext" <<END
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
${3:+nameConstraints = critical, permitted;DNS:$3}
END
	pki_sign "$1" "$2" "$pki/$1.ext"
}

# pki_cert NAME CA WORD...: make NAME.key, and NAME.pem that the CA issues.
pki_cert()
{
	[ ! -e "$pki/$1.pem" ] || return 0
	pki_name=$1 pki_issuer=$2
	shift 2
	pki_read "$pki_name" "$@"
	pki_key "$pki_name" "$pki_type"
	pki_extensions >"$pki/$pki_name.ext"
	pki_sign "$pki_name" "$pki_issuer" "$pki/$pki_name.ext"
}

# pki_self NAME WORD...: make NAME.key and a self-signed NAME.pem, which is only
# there to carry the key.  Its dates are those of "openssl req".
pki_self()
{
	[ ! -e "$pki/$1.pem" ] || return 0
	pki_name=$1
	shift
	pki_read "$pki_name" "$@"
	pki_key "$pki_name" "$pki_type"
	pki_openssl req -new -x509 -config "$pki/openssl.cnf" -days 3650 \
	    -key "$pki/$pki_name.key" -subj "/CN=$pki_cn" \
	    -addext 'basicConstraints = critical, CA:FALSE' \
	    ${pki_use:+-addext "extendedKeyUsage = $pki_use"} \
	    ${pki_names:+-addext "subjectAltName = $pki_names"} \
	    -out "$pki/$pki_name.pem"
}

# pki_again NAME COMMAND...: make NAME anew, with a new key; both files are
# replaced at once by rename(2), as tools do that renew certificates.
pki_again()
{
	pki_old=$1
	shift
	pki_keep=$pki
	pki=$pki/again
	rm -rf "$pki"
	cp -r "$pki_keep" "$tmp/pki.again"
	mv "$tmp/pki.again" "$pki"
	rm -f "$pki/$pki_old.pem" "$pki/$pki_old.key"
	"$@"
	mv "$pki/$pki_old.key" "$pki_keep/$pki_old.key"
	mv "$pki/$pki_old.pem" "$pki_keep/$pki_old.pem"
	rm -rf "$pki"
	pki=$pki_keep
}

# pki_pin NAME: the pin of its key, "sha256:BASE64".
pki_pin()
{
	printf 'sha256:'
	openssl pkey -in "$pki/$1.key" -pubout -outform DER |
	    openssl dgst -sha256 -binary | base64
}

# pki_revoke NAME CA: the next revocation list has it.
pki_revoke()
{
	PKI_CA=$2
	pki_openssl ca -config "$pki/openssl.cnf" -revoke "$pki/$1.pem"
}

# pki_crl CA: make its revocation list anew.
pki_crl()
{
	PKI_CA=$1
	pki_openssl ca -config "$pki/openssl.cnf" -gencrl -out "$pki/$1.crl"
}

# pki_secrets NAME: the numbers of its private key, and lines of its PEM file, for
# keyscan: a name, and bytes in hexadecimal.  None of them is public.
pki_secrets()
{
	openssl pkey -in "$pki/$1.key" -text -noout | awk -v key="$1" '
	function finish() {
		sub(/^(00)+/, "", hex)
		if (hex != "" && secret)
			print key "-" name, hex
		hex = ""
	}
	/^[A-Za-z]/ {
		finish()
		name = $1
		sub(/:.*/, "", name)
		secret = name ~ /^(priv|privateExponent|prime[12]|exponent[12]|coefficient)$/
		next
	}
	/^ / { gsub(/[ :]/, ""); hex = hex $0 }
	END { finish() }'
	# Of the PEM file what is secret: other characters are in certificates too.
	sed '/-----/d' "$pki/$1.key" | awk '
	{ line[NR] = $0 }
	END {
		if (NR == 1) # Ed25519
			print substr(line[1], 23)
		else if (NR == 3) { # P-256
			print substr(line[1], 49)
			print substr(line[2], 1, 26)
		} else
			for (i = NR - 5; i < NR; i++)
				print line[i]
	}' | while read -r pki_line; do
		printf '%s-PEM ' "$1"
		printf %s "$pki_line" | od -An -v -tx1 | tr -d ' \n'
		echo
	done
}
