# results.pm -- read results.tsv, which says what its columns are.
package results;
use strict;
use warnings;
use FindBin '$Bin';

# Returns the rows that have results, in order.  Each is a hash with name, section,
# the columns of its run, and values, a list of hashes with the columns of each.
sub read_results
{
	my ($path) = @_;
	my (@rows, %row_of);

	open(my $names, '<', "$Bin/rows") or die "$Bin/rows: $!\n";
	while (<$names>) {
		chomp;
		my ($name, undef, $section) = split /\t/;

		next if /^#/;
		push @rows, $row_of{$name} = { name => $name,
			section => $section, values => [] };
	}
	open(my $f, '<', $path) or die "$path: $!\n";
	while (<$f>) {
		next if /^#/;
		chomp;
		my ($name, $kind, @columns) = split /\t/, $_, -1;
		my $row = $row_of{$name} // die "$path:$.: unknown row \"$name\"\n";

		if ($kind eq 'run' && @columns == 6) {
			@$row{qw(date commit rounds load machine with)} = @columns;
		} elsif ($kind eq 'value' && @columns == 15) {
			my %value;

			@value{qw(work label program unit median low high n
			    ratio ratio_low ratio_high text target tolerance
			    result)} = @columns;
			push @{$row->{values}}, \%value;
		} else {
			die "$path:$.: not a result\n";
		}
	}
	return grep { @{$_->{values}} } @rows;
}

# Format a number with four digits.
sub number
{
	my ($x) = @_;

	return sprintf($x >= 1000 ? '%.0f' : '%.4g', $x);
}

1;
