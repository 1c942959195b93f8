"""What customers write, in Portuguese: one phrase a line, brackets for choices, braces for slots of one review.

    {s} the thing with its article ("a toalha", "o produto")    {g} its ending, o or a       {n} its noun, {um} um or uma
    {e} the writer's ending, o or a     {d} days it took     {p} days promised     {k} days early     {q} a small number

The words that the `extract` task reads fields from stand only in the lists of that field, so that text and field agree.
"""

from vitrine.sources.samples.grammar import phrases

PROBLEM = {
    "nao_recebido": phrases("""
        [ainda|até agora|até hoje|até o momento] não recebi [{s}|o produto|o pedido|a encomenda|minha compra|nada]
        {s} não chegou [até agora|ainda|na minha casa|e ninguém dá notícia]
        [consta|aparece] [como entregue|que foi entregue], só que não recebi [nada|{s}]
        paguei [à vista|no cartão|no boleto|] e {s} nunca chegou
        já [se passaram|faz|são] {d} dias e não recebi [nada|{s}|o produto]
        comprei {q} e [uma das caixas|um dos pacotes|um deles] não chegou
        não recebi {s} [e já paguei tudo|e ninguém responde|e o prazo venceu|]
    """),
    "atraso": phrases("""
        {s} [atrasou|demorou] [muito|demais|bastante|além da conta]
        [chegou|foi entregue|veio] com [muito |bastante |um enorme |]atraso
        demorou {d} dias [para|pra] [chegar|entregar|receber]
        [a transportadora|os correios|a loja|o envio] [demorou|atrasou] [muito|demais|bastante]
        [o prazo era de|prometeram em] {p} dias e [demorou mais|atrasou|veio com atraso]
        entrega [muito|bem|super|] atrasada
        muita demora [na entrega|para enviar|no envio|da transportadora]
        [o atraso|a demora] [na entrega|no envio] [atrapalhou|estragou a surpresa|me prejudicou]
    """),
    "defeito": phrases("""
        {s} [veio|chegou] [com defeito|quebrad{g}|estragad{g}|todo quebrado|com a tampa quebrada|com um lado quebrado]
        {s} não funciona [direito|mais|de jeito nenhum|desde o primeiro dia|]
        usei {q} vezes e [já deu defeito|quebrou, veio com defeito|não funciona mais]
        [liguei|testei|abri a caixa] e {s} não funciona
        [a base|a alça|a peça|a ponta|a lateral] [veio|chegou|estava] quebrada
        deu defeito [na primeira semana|em {d} dias|logo no início|depois de {q} dias]
        {um} {n} com defeito [de fábrica|na costura|no encaixe|]
    """),
    "errado": phrases("""
        [veio|mandaram|enviaram|recebi] [a cor errada|o tamanho errado|o modelo errado|a medida errada|a voltagem errada]
        {s} é [bem |muito |totalmente |]diferente [do anúncio|da foto|do que comprei|do que estava no site|da descrição]
        [recebi|mandaram|entregaram|veio] outro produto [no lugar|na caixa|que não pedi|]
        {s} veio trocad{g}
        [pedi|comprei|escolhi] [azul e veio preto|preto e veio rosa|o grande e veio o pequeno|110 e veio 220], tudo errado
        [enviaram|veio] {s} errad{g}
        o pedido [veio|chegou|está] errado
    """),
    "incompleto": phrases("""
        [veio|chegou] faltando [uma peça|peças|os parafusos|o manual|a tampa|um acessório|metade|o cabo|uma unidade]
        faltou [uma peça|um item|o manual|a tampa|um acessório|parte do pedido|o suporte|mandar o resto]
        {s} [veio|chegou] incomplet{g}
        comprei {q} e só veio [um|uma|1]
        só veio [metade|um|uma parte] [do pedido|da compra|do que paguei]
        [do kit|da caixa|do conjunto] [faltou|está faltando] [um|uma parte|{q} peças]
        pedido incompleto[, falta o resto|, só veio uma parte|]
    """),
}
PRAISE = {
    "entrega": phrases("""
        [chegou|veio|foi entregue|recebi] [bem |muito |] antes do prazo
        entrega [super |muito |bem |]rápida
        chegou [super |muito |bem |]rápido
        [envio|despacho] [super |muito |]rápido
        [gostei da|que|me surpreendeu a] rapidez [na entrega|no envio|da loja]
        em {d} dias já estava [aqui|em casa|na minha mão], [rápido|foi rápido|bem rápido]
        {s} chegou {k} antes do prazo
        entregaram antes do prazo
    """),
    "qualidade": phrases("""
        [ótima|excelente|muito boa|boa] qualidade
        {s} é [muito |super |mesmo |]lind{g}
        {s} é excelente
        [veio|chegou] [tudo |] em perfeito estado
        {s} [ficou|veio] perfeit{g} [na sala|em casa|no quarto|aqui|]
        {s} [tem|é de] qualidade
        [o acabamento|o material] é [excelente|de qualidade|perfeito]
        [lind{g} demais|muito lind{g}|lind{g} e bem feit{g}]
    """),
    "preco": phrases("""
        [ótimo|bom|melhor] preço
        preço [justo|ótimo|bom|imbatível|que cabe no bolso|melhor que na loja|muito bom]
        [bem |super |muito |] barat{g}
        [bom|ótimo] custo-benefício
        [valeu|vale] [o preço|cada centavo do preço]
        [paguei|saiu|foi] [bem |] barato
        o preço [compensa|está ótimo|é bom|vale a pena]
        custo benefício [muito bom|ótimo|vale a pena]
    """),
    "atendimento": phrases("""
        atendimento [ótimo|muito bom|de primeira|impecável|bom|super educado]
        [loja|equipe] [super|muito|bem] atenciosa
        [vendedor|pessoal] [super|muito|bem] atencioso
        vendedor ótimo
        [tiraram minhas dúvidas|responderam na hora], [ótimo|bom] atendimento
        [gostei do|parabéns pelo|adorei o] atendimento
        foram [muito|super|bem] atenciosos
    """),
    "outro": phrases("""
        [minha filha|minha mãe|minha esposa|meu marido|meu filho|minha sogra|minha avó] [amou|adorou|gostou muito]
        [serviu|encaixou|ficou|deu] [direitinho|certinho|super bem]
        {s} veio [bem|super bem|muito bem] embalad{g}
        igual [à foto|ao anúncio|à descrição|ao da imagem]
        [fácil|muito fácil] de [montar|usar|instalar|limpar]
        [do jeito que eu queria|era o que eu procurava|como eu esperava|tudo como combinado]
        [uso|estou usando] todo dia [e gosto muito|sem problema algum|]
        [combinou|ficou ótim{g}] [com a sala|com a cozinha|com o quarto|com meu estilo]
    """),
}
DISLIKE = phrases("""
    [o material|o acabamento|o plástico|o tecido] é [muito |bem |][fraco|ruim|vagabundo|malfeito]
    [a costura|a embalagem|a cor|a tinta] é [muito |bem |][feia|fraca|ruim|malfeita]
    [bem menor|muito menor|bem mais simples|mais fraco] do que [parece|mostra a foto|eu imaginava]
    parece [coisa usada|falsificad{g}|de brinquedo|coisa de camelô]
    [propaganda enganosa|não vale o que cobram|dinheiro jogado fora|não serve para nada]
    ninguém [responde|resolve|dá retorno|atende o telefone]
    já mandei {q} [mensagens|e-mails] e [nada|ninguém responde|nenhum retorno]
    [tive que|precisei] [jogar fora|comprar em outra loja|consertar por minha conta]
""")
QUIBBLE = phrases("""
    [poderia|podia] ser [maior|mais resistente|mais maci{g}|mais caprichad{g}|um pouco melhor]
    a cor é [um pouco |meio |][mais clara|mais escura|apagada] [que na foto|do que parece]
    o material é [um pouco|meio] [fino|simples|frágil|áspero]
    achei [um pouco|meio] [pequen{g}|simples|car{g}|fin{g}|duro]
    a embalagem [veio amassada|podia ser melhor|veio aberta]
    o manual [é confuso|não ajuda muito|está em inglês]
    [esperava|imaginava] [um pouco mais|algo um pouco maior|um pouco melhor]
    [o cheiro é forte|é difícil de montar|a medida não é exata|solta um pouco de tinta]
""")
VERDICT = {
    1: phrases("""
        [péssimo|péssima compra|péssima experiência|horrível|terrível|lamentável]
        [um absurdo|uma vergonha|um descaso|falta de respeito] [com o cliente|com o consumidor|]
        [pior compra|pior loja] [que já fiz|da minha vida|do site|]
        estou [indignad{e}|revoltad{e}|muito insatisfeit{e}|arrependid{e}]
        [odiei|detestei|decepção total|fui enganad{e}|me senti enganad{e}]
        nunca mais compro [aqui|nessa loja|nesse site|nada deles]
        {s} é [péssim{g}|horrível|um lixo]
    """),
    2: phrases("""
        não gostei [d{o} {n}|nem um pouco|da compra|do produto|]
        [ruim|fraco|bem fraco|bem ruim|muito fraco]
        deixou [muito |] a desejar
        fiquei [decepcionad{e}|chatead{e}|triste] [com a compra|com a loja|com {s}|]
        [esperava muito mais|esperava bem mais|bem abaixo do esperado|não era o que eu esperava]
        não fiquei satisfeit{e}
        [achei|é] [ruim|bem ruim|fraquinh{g}|decepcionante]
    """),
    3: phrases("""
        mais ou menos
        [razoável|regular|mediano|aceitável|produto médio]
        nem bom nem ruim
        [dá|deu] para o gasto
        [atende|serve], mas nada demais
        [ok|normal], nada de especial
        [cumpre|faz] o básico
        {s} é [razoável|mais ou menos|mediano]
        não é [tudo isso|aquilo tudo]
        achei [razoável|mais ou menos|regular]
    """),
    4: phrases("""
        [gostei|gostei bastante|gostei d{o} {n}|gostei da compra]
        [bom|muito bom|bem bom|bom produto|produto bom|legal]
        [tudo certo|tudo ok|tudo certinho|compra tranquila|correu tudo bem]
        [atendeu|atende] [minhas expectativas|o esperado|o que preciso|bem]
        [fiquei|estou] satisfeit{e}
        {s} é [bom|muito bom|legal|bem feit{g}]
        [boa compra|valeu a compra|boa escolha]
    """),
    5: phrases("""
        [amei|adorei] [{s}|tudo|a compra|demais|]
        [maravilhos{g}|{s} é maravilhos{g}|tudo maravilhoso]
        [ótimo|ótima compra|ótimo produto|{s} é ótim{g}]
        [sensacional|show de bola|top|top demais|fantástico]
        [super|muito] [satisfeit{e}|feliz com a compra]
        [superou|passou] [minhas|as] expectativas
        [melhor compra|melhor escolha] [que fiz|do ano|dos últimos tempos]
        estou apaixonad{e} [pel{o} {n}|]
    """),
}
EXCHANGE = phrases("""
    quero [trocar|a troca|devolver|meu dinheiro de volta|o reembolso|fazer a devolução]
    gostaria de [trocar|devolver|receber meu dinheiro de volta|pedir o reembolso|fazer a troca]
    como faço [para|pra] [trocar|devolver|pedir reembolso|fazer a troca]
    [aguardo|estou esperando] [a troca|o reembolso|a devolução]
    já [pedi|solicitei] [a troca|o reembolso|a devolução] [e nada|e ninguém responde|]
    exijo [meu dinheiro de volta|o reembolso|a troca]
""")
RECOMMEND = phrases("""
    recomendo
    [super|eu|com certeza] recomendo
    recomendo [muito|a todos|demais|a loja|sem medo|para todo mundo|a compra|o vendedor]
""")
WARN = phrases("""
    não recomendo [a ninguém|essa loja|o produto|para ninguém|mesmo|de jeito nenhum|esse vendedor|]
""")
REBUY = phrases("""
    [com certeza |] comprarei [de novo|novamente|mais vezes|outras vezes|mais]
    [vou|quero|pretendo] comprar [novamente|de novo] [nessa loja|aqui|com eles|]
    compro sempre [aqui|nessa loja|com eles|desse vendedor]
""")
GREETING = phrases("[bom dia|boa tarde|boa noite|olá|oi|oi pessoal]")
CONTEXT = phrases("""
    comprei [para|pra] [minha mãe|dar de presente|meu filho|minha casa|usar no trabalho|a minha filha|o dia das mães|o natal]
    [é a minha|foi minha] [primeira|segunda|terceira] compra [aqui|nessa loja|pela internet]
    comprei {um} {n} [semana passada|no mês passado|na promoção|pela internet]
    [sobre|é sobre] {s}
    comprei {q} [unidades|peças|de uma vez]
""")
THANKS = phrases("[obrigad{e}|muito obrigad{e}|obg|valeu|parabéns|parabéns à loja|abraços|agradeço a todos]")
PLEA = phrases("""
    [aguardo|espero|quero] [retorno|uma solução|resposta|uma posição]
    [resolvam isso|por favor me ajudem|preciso de ajuda|o que eu faço agora]
""")
BUT = ("mas", "porém", "só que", "mas", "pena que")
EMOJI = {1: "😡👎😠😤", 2: "😞👎😕", 3: "😐🤔", 4: "👍😊🙂", 5: "😍❤👏😀🎉"}
SHORT = {"muito": "mto", "também": "tb", "para": "pra", "que": "q", "tudo": "td", "porque": "pq", "com": "c/"}
LONG = {"muito": "muuuito", "amei": "ameiii", "adorei": "adoreiii", "bom": "booom", "péssimo": "pééssimo", "demais": "demaaais"}
TITLES = {
    1: ("Péssimo", "Não recomendo", "Decepção", "Horrível", "Insatisfeito", "Nunca mais", "1", "Nota 0", "Enganado"),
    2: ("Não gostei", "Ruim", "Decepcionado", "Deixou a desejar", "2", "Fraco", "Abaixo do esperado"),
    3: ("Mais ou menos", "Razoável", "Regular", "3", "Nota 5", "Poderia ser melhor", "Médio", "3 estrelas"),
    4: ("Bom", "Gostei", "Muito bom", "Boa compra", "Recomendo", "8", "4 estrelas", "Tudo certo", "Nota 8"),
    5: ("Super recomendo", "Recomendo", "Ótimo", "Excelente", "Amei", "10", "Nota 10", "5 estrelas", "Adorei", "Lindo"),
}
