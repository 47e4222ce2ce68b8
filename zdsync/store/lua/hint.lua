-- ARGV: class, account time ms, ticket ids
for i = 3, #ARGV do hint(ARGV[i], ARGV[1], tonumber(ARGV[2])) end
