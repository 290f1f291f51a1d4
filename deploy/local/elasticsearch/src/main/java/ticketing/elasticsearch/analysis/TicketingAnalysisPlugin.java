package ticketing.elasticsearch.analysis;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.ko.KoreanNumberFilter;
import org.apache.lucene.analysis.ko.KoreanPartOfSpeechStopFilter;
import org.apache.lucene.analysis.ko.KoreanReadingFormFilter;
import org.apache.lucene.analysis.ko.KoreanTokenizer;
import org.apache.lucene.analysis.ko.POS;
import org.apache.lucene.analysis.ko.dict.UserDictionary;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenizer;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenizer;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.apache.lucene.util.CharsRef;
import org.apache.lucene.util.CharsRefBuilder;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AnalysisMode;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.CustomAnalyzer;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/** Lucene's analysis components under the names and settings Elasticsearch documents for them. */
public class TicketingAnalysisPlugin extends Plugin implements AnalysisPlugin, ActionPlugin {

    private ClusterService cluster;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        cluster = services.clusterService();
        return List.of();
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
        RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new RootHandler(cluster));
    }

    // ---- small adapters -------------------------------------------------------------------

    private interface FilterMaker {
        Function<TokenStream, TokenStream> make(Settings s, Environment env) throws IOException;
    }

    private interface TokenizerMaker {
        Supplier<Tokenizer> make(Settings s, Environment env) throws IOException;
    }

    private record Plain(String name, Function<TokenStream, TokenStream> f) implements TokenFilterFactory {
        @Override public TokenStream create(TokenStream in) { return f.apply(in); }
    }

    /** Also applied to the terms of prefix/fuzzy/wildcard queries and allowed in keyword normalizers. */
    private record Normalizing(String name, Function<TokenStream, TokenStream> f) implements NormalizingTokenFilterFactory {
        @Override public TokenStream create(TokenStream in) { return f.apply(in); }
    }

    private record CharF(String name, Function<Reader, Reader> f) implements CharFilterFactory {
        @Override public Reader create(Reader in) { return f.apply(in); }
    }

    private static AnalysisProvider<TokenFilterFactory> plain(FilterMaker m) {
        return (idx, env, name, s) -> new Plain(name, m.make(s, env));
    }

    private static AnalysisProvider<TokenFilterFactory> normalizing(FilterMaker m) {
        return (idx, env, name, s) -> new Normalizing(name, m.make(s, env));
    }

    private static AnalysisProvider<TokenizerFactory> tokenizer(TokenizerMaker m) {
        return (idx, env, name, s) -> TokenizerFactory.newFactory(name, m.make(s, env));
    }

    // ---- token filters --------------------------------------------------------------------

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> m = new HashMap<>();
        m.put("lowercase", normalizing((s, e) -> LowerCaseFilter::new));
        m.put("uppercase", normalizing((s, e) -> UpperCaseFilter::new));
        m.put("trim", normalizing((s, e) -> TrimFilter::new));
        m.put("asciifolding", normalizing((s, e) -> {
            boolean keep = s.getAsBoolean("preserve_original", false);
            return in -> new ASCIIFoldingFilter(in, keep);
        }));
        m.put("cjk_width", normalizing((s, e) -> CJKWidthFilter::new));
        m.put("decimal_digit", normalizing((s, e) -> DecimalDigitFilter::new));
        m.put("cjk_bigram", plain((s, e) -> CJKBigramFilter::new));
        m.put("flatten_graph", plain((s, e) -> FlattenGraphFilter::new));
        m.put("unique", plain((s, e) -> RemoveDuplicatesTokenFilter::new));
        m.put("remove_duplicates", plain((s, e) -> RemoveDuplicatesTokenFilter::new));
        m.put("reverse", plain((s, e) -> ReverseStringFilter::new));
        m.put("porter_stem", plain((s, e) -> PorterStemFilter::new));
        m.put("english_possessive", plain((s, e) -> EnglishPossessiveFilter::new));
        m.put("length", plain((s, e) -> {
            int min = s.getAsInt("min", 0);
            int max = s.getAsInt("max", Integer.MAX_VALUE);
            return in -> new LengthFilter(in, min, max);
        }));
        m.put("truncate", AnalysisPlugin.requiresAnalysisSettings(plain((s, e) -> {
            int len = s.getAsInt("length", 10);
            return in -> new TruncateTokenFilter(in, len);
        })));
        m.put("pattern_replace", AnalysisPlugin.requiresAnalysisSettings(normalizing((s, e) -> {
            Pattern p = Pattern.compile(required(s, "pattern"));
            String r = s.get("replacement", "");
            boolean all = s.getAsBoolean("all", true);
            return in -> new PatternReplaceFilter(in, p, r, all);
        })));
        m.put("edge_ngram", plain((s, e) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            boolean keep = s.getAsBoolean("preserve_original", false);
            return in -> new EdgeNGramTokenFilter(in, min, max, keep);
        }));
        m.put("ngram", plain((s, e) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            boolean keep = s.getAsBoolean("preserve_original", false);
            return in -> new NGramTokenFilter(in, min, max, keep);
        }));
        m.put("nori_readingform", plain((s, e) -> KoreanReadingFormFilter::new));
        m.put("nori_number", plain((s, e) -> KoreanNumberFilter::new));
        m.put("nori_part_of_speech", plain((s, e) -> {
            Set<POS.Tag> stop = stopTags(s);
            return in -> new KoreanPartOfSpeechStopFilter(in, stop);
        }));
        m.put("synonym", AnalysisPlugin.requiresAnalysisSettings(
            (idx, env, name, s) -> new Synonyms(name, s, env, true)));
        m.put("synonym_graph", AnalysisPlugin.requiresAnalysisSettings(
            (idx, env, name, s) -> new Synonyms(name, s, env, false)));
        return m;
    }

    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        // usable by bare name in _analyze and in normalizers; core already has "lowercase"
        return List.of(
            PreConfiguredTokenFilter.singleton("uppercase", true, UpperCaseFilter::new),
            PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new),
            PreConfiguredTokenFilter.singleton("trim", true, TrimFilter::new),
            PreConfiguredTokenFilter.singleton("cjk_width", true, CJKWidthFilter::new),
            PreConfiguredTokenFilter.singleton("porter_stem", false, PorterStemFilter::new),
            PreConfiguredTokenFilter.singleton("flatten_graph", false, FlattenGraphFilter::new));
    }

    // ---- tokenizers -----------------------------------------------------------------------

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> m = new HashMap<>();
        m.put("keyword", tokenizer((s, e) -> KeywordTokenizer::new));
        m.put("whitespace", tokenizer((s, e) -> WhitespaceTokenizer::new));
        m.put("letter", tokenizer((s, e) -> LetterTokenizer::new));
        m.put("pattern", tokenizer((s, e) -> {
            Pattern p = Pattern.compile(s.get("pattern", "\\W+"));
            int group = s.getAsInt("group", -1);
            return () -> new PatternTokenizer(p, group);
        }));
        m.put("edge_ngram", tokenizer((s, e) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            CharClasses keep = CharClasses.of(s.getAsList("token_chars"));
            return () -> new EdgeNGramTokenizer(min, max) {
                @Override protected boolean isTokenChar(int c) { return keep.test(c); }
            };
        }));
        m.put("ngram", tokenizer((s, e) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            CharClasses keep = CharClasses.of(s.getAsList("token_chars"));
            return () -> new NGramTokenizer(min, max) {
                @Override protected boolean isTokenChar(int c) { return keep.test(c); }
            };
        }));
        m.put("nori_tokenizer", tokenizer((s, e) -> {
            KoreanTokenizer.DecompoundMode mode = decompound(s);
            boolean noPunct = s.getAsBoolean("discard_punctuation", true);
            UserDictionary dict = userDictionary(s, e);
            return () -> new KoreanTokenizer(KoreanTokenizer.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, dict, mode, false, noPunct);
        }));
        return m;
    }

    @Override
    public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
        return List.of(
            PreConfiguredTokenizer.singleton("keyword", KeywordTokenizer::new),
            PreConfiguredTokenizer.singleton("whitespace", WhitespaceTokenizer::new),
            PreConfiguredTokenizer.singleton("letter", LetterTokenizer::new));
    }

    // ---- char filters and analyzers ---------------------------------------------------------

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> m = new HashMap<>();
        m.put("html_strip", (idx, env, name, s) -> new CharF(name, HTMLStripCharFilter::new));
        m.put("mapping", AnalysisPlugin.requiresAnalysisSettings((idx, env, name, s) -> {
            NormalizeCharMap.Builder b = new NormalizeCharMap.Builder();
            for (String line : rules(s, env, "mappings")) {
                String[] kv = line.split("=>", 2);
                if (kv.length != 2) {
                    throw new IllegalArgumentException("[" + name + "] wants key=>value, got: " + line);
                }
                b.add(kv[0].trim(), kv[1].trim());
            }
            NormalizeCharMap map = b.build();
            return new CharF(name, in -> new MappingCharFilter(map, in));
        }));
        m.put("pattern_replace", AnalysisPlugin.requiresAnalysisSettings((idx, env, name, s) -> {
            Pattern p = Pattern.compile(required(s, "pattern"));
            String r = s.get("replacement", "");
            return new CharF(name, in -> new PatternReplaceCharFilter(p, r, in));
        }));
        return m;
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of("nori", (idx, env, name, s) -> {
            Analyzer a = new KoreanAnalyzer(userDictionary(s, env), decompound(s), stopTags(s), false);
            return new AbstractIndexAnalyzerProvider<Analyzer>(name) {
                @Override public Analyzer get() { return a; }
            };
        });
    }

    // ---- settings ---------------------------------------------------------------------------

    private static String required(Settings s, String key) {
        String v = s.get(key);
        if (v == null) {
            throw new IllegalArgumentException("[" + key + "] is required");
        }
        return v;
    }

    /** key as an inline list, or key_path as a file under the config directory. */
    private static List<String> rules(Settings s, Environment env, String key) throws IOException {
        List<String> lines = new ArrayList<>(s.getAsList(key));
        String path = s.get(key + "_path");
        if (path != null) {
            Path file = env.configDir().resolve(path).normalize();
            if (!file.startsWith(env.configDir())) {
                throw new IllegalArgumentException("[" + key + "_path] must lie under the config directory");
            }
            lines.addAll(Files.readAllLines(file));
        }
        return lines;
    }

    private static KoreanTokenizer.DecompoundMode decompound(Settings s) {
        return KoreanTokenizer.DecompoundMode.valueOf(s.get("decompound_mode", "discard").toUpperCase(Locale.ROOT));
    }

    private static Set<POS.Tag> stopTags(Settings s) {
        List<String> tags = s.getAsList("stoptags", null);
        if (tags == null) {
            return KoreanPartOfSpeechStopFilter.DEFAULT_STOP_TAGS;
        }
        Set<POS.Tag> out = EnumSet.noneOf(POS.Tag.class);
        tags.forEach(t -> out.add(POS.resolveTag(t)));
        return out;
    }

    private static UserDictionary userDictionary(Settings s, Environment env) throws IOException {
        List<String> lines = new ArrayList<>(rules(s, env, "user_dictionary_rules"));
        String path = s.get("user_dictionary");
        if (path != null) {
            lines.addAll(Files.readAllLines(env.configDir().resolve(path)));
        }
        return lines.isEmpty() ? null : UserDictionary.open(new StringReader(String.join("\n", lines)));
    }

    private record CharClasses(Set<String> names) {
        private static final Set<String> KNOWN = Set.of("letter", "digit", "whitespace", "punctuation", "symbol");

        static CharClasses of(List<String> names) {
            for (String n : names) {
                if (!KNOWN.contains(n)) {
                    throw new IllegalArgumentException("unknown token_chars [" + n + "], known: " + KNOWN);
                }
            }
            return new CharClasses(Set.copyOf(names));
        }

        boolean test(int c) {
            if (names.isEmpty()) {
                return true;
            }
            int t = Character.getType(c);
            return names.contains("letter") && Character.isLetter(c)
                || names.contains("digit") && Character.isDigit(c)
                || names.contains("whitespace") && Character.isWhitespace(c)
                || names.contains("punctuation") && t >= Character.DASH_PUNCTUATION && t <= Character.OTHER_PUNCTUATION
                || names.contains("symbol") && (t == Character.MATH_SYMBOL || t == Character.CURRENCY_SYMBOL
                    || t == Character.MODIFIER_SYMBOL || t == Character.OTHER_SYMBOL);
        }
    }

    // ---- synonyms ---------------------------------------------------------------------------

    /** The rules are analyzed by the tokenizer and filters that stand before this filter in the chain. */
    private static final class Synonyms implements TokenFilterFactory {
        private final String name;
        private final List<String> rules;
        private final boolean expand;
        private final boolean lenient;
        private final boolean flat;
        private final AnalysisMode mode;

        Synonyms(String name, Settings s, Environment env, boolean flat) throws IOException {
            this.name = name;
            this.rules = rules(s, env, "synonyms");
            if (!s.hasValue("synonyms") && !s.hasValue("synonyms_path")) {
                throw new IllegalArgumentException("[" + name + "] needs [synonyms] or [synonyms_path]");
            }
            this.expand = s.getAsBoolean("expand", true);
            this.lenient = s.getAsBoolean("lenient", false);
            this.mode = s.getAsBoolean("updateable", false) ? AnalysisMode.SEARCH_TIME : AnalysisMode.ALL;
            this.flat = flat;
        }

        @Override public String name() { return name; }

        @Override public AnalysisMode getAnalysisMode() { return mode; }

        @Override public TokenStream create(TokenStream in) {
            throw new IllegalStateException("[" + name + "] is made per analyzer");
        }

        @Override
        public TokenFilterFactory getChainAwareTokenFilterFactory(
            IndexCreationContext context,
            TokenizerFactory tokenizer,
            List<CharFilterFactory> charFilters,
            List<TokenFilterFactory> before,
            Function<String, TokenFilterFactory> all
        ) {
            SynonymMap map;
            try (Analyzer analyzer = new CustomAnalyzer(
                tokenizer,
                charFilters.toArray(CharFilterFactory[]::new),
                before.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new))) {
                LenientParser p = new LenientParser(expand, lenient, analyzer);
                p.parse(new StringReader(String.join("\n", rules)));
                map = p.build();
            } catch (Exception ex) {
                throw new IllegalArgumentException("[" + name + "] cannot use its synonyms: " + ex.getMessage(), ex);
            }
            return new TokenFilterFactory() {
                @Override public String name() { return name; }

                @Override public AnalysisMode getAnalysisMode() { return mode; }

                @Override public TokenFilterFactory getSynonymFilter() { return IDENTITY_FILTER; }

                @Override public TokenStream create(TokenStream in) {
                    if (map.fst == null) {
                        return in;
                    }
                    TokenStream graph = new SynonymGraphFilter(in, map, false);
                    return flat ? new FlattenGraphFilter(graph) : graph;
                }
            };
        }
    }

    private static final class LenientParser extends SolrSynonymParser {
        private final boolean lenient;

        LenientParser(boolean expand, boolean lenient, Analyzer analyzer) {
            super(true, expand, analyzer);
            this.lenient = lenient;
        }

        @Override
        public CharsRef analyze(String text, CharsRefBuilder reuse) throws IOException {
            try {
                return super.analyze(text, reuse);
            } catch (IllegalArgumentException e) {
                if (lenient) {
                    return new CharsRef("");
                }
                throw e;
            }
        }

        @Override
        public void add(CharsRef input, CharsRef output, boolean includeOrig) {
            if (input.length > 0 && output.length > 0) {
                super.add(input, output, includeOrig);
            }
        }
    }
}
