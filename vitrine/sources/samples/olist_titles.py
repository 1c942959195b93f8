"""Titles of sample reviews: a few words, mostly the verdict.

title(5, random.random)      # "Recomendo"
"""

from vitrine.sources.samples.grammar import Random, one_of, phrases

TITLES = {
    1: phrases("""
        [Péssimo|Péssima|Horrível|Decepção|Decepcionada|Insatisfeito|Insatisfeita|Ruim|Lixo|Nunca mais|Enganado|Fraude|Atenção]
        Não recomendo
        [Produto|Pedido|Mercadoria] não [entregue|recebido|recebida|chegou]
        Não recebi [o produto|meu produto|ainda|a mercadoria|o pedido|tudo|]
        [Produto|Veio|Modelo|Cor|Tamanho] [errado|errada|diferente|com defeito|quebrado|incompleto|faltando]
        [Péssimo|Péssima] [atendimento|qualidade|produto|loja|compra|serviço|entrega|experiência]
        [Entrega|Produto] [atrasada|atrasado|incompleta|errada|parcial|não realizada|de má qualidade]
        [Atraso|Demora|Problema|Erro|Falha] [na entrega|no produto|com a compra|com o pedido|]
        [Devolução|Reclamação|Troca|Reembolso|Cancelamento|Nota fiscal|Propaganda enganosa|Falta de respeito]
        [1|0|Nota 0|1 estrela|Não comprem|Cuidado|Aguardando|Cadê meu produto]
    """),
    2: phrases("""
        [Não gostei|Ruim|Decepcionado|Decepcionada|Deixou a desejar|Fraco|Insatisfeito|Regular|Chateada]
        [Produto|Pedido|Veio|Entrega] [errado|incompleto|com defeito|faltando peças|diferente|ruim|atrasada|de baixa qualidade]
        [Não recebi|Falta de produto|Não atendeu|Abaixo do esperado|Qualidade ruim|Má qualidade|Não recomendo|Incompleto]
        [Esperava mais|Problema na entrega|Troca|2|Atraso|Recebi só um|Produto frágil|Material fraco]
    """),
    3: phrases("""
        [Mais ou menos|Razoável|Regular|Médio|Bom|Satisfatório|Ok|Boa|Normal|Bom produto|Pode melhorar]
        [Poderia ser melhor|Esperava mais|Deixou a desejar|Não gostei muito|Produto simples|Falta de atenção|Qualidade]
        [Produto|Entrega|Pedido|Veio] [incompleto|errado|incompleta|demorada|diferente|ok|parcial|com defeito|frágil|bom]
        [Não recebi|Atraso|Demora|Atraso na entrega|Frete caro|Nota fiscal|3|7|Nota 5|3 estrelas|Faltou um item]
    """),
    4: phrases("""
        [Bom|Muito bom|Recomendo|Ótimo|Gostei|Boa|Ok|Satisfeito|Satisfeita|Muito boa|Excelente]
        [Bom|Ótimo|Excelente|Boa|Ótima] [produto|compra|atendimento|qualidade|entrega|loja]
        [Super recomendo|Recomendo|Tudo certo|Tudo ok|Entrega rápida|Entrega no prazo|No prazo|Gostei do produto|Legal]
        [Produto|Entrega] [bom|boa|de qualidade|muito bom|recebido|ótimo|rápida|conforme o anúncio|antes do prazo|ok]
        [8|9|10|Nota 8|4 estrelas|Nota 9|Bonito|Prático|Lindo|Custo benefício|Vale a pena|Embalagem|Bom mas frágil]
    """),
    5: phrases("""
        [Recomendo|Super recomendo|Muito bom|Ótimo|Excelente|Bom|Perfeito|Adorei|Amei|Gostei|Ótima|Recomendo|Super recomendo]
        [Recomendo|Super recomendo|Muito bom|Ótimo|Excelente|Bom|Satisfeita|Satisfeito|Perfeita|Lindo|Linda|Ok|Boa]
        [Ótimo|Excelente|Bom|Ótima|Boa|Excelente] [produto|compra|atendimento|qualidade|loja|entrega|vendedor]
        [Produto|Entrega|Loja|Compra] [excelente|ótimo|muito bom|rápida|perfeita|nota 10|de qualidade|confiável|maravilhoso|bom]
        [10|Nota 10|5 estrelas|Dez|Maravilhoso|Maravilhosa|Show|Top|Parabéns|Sensacional|Eficiente|Eficiência|Amei]
        [Muito|Super|Bem|Cliente|Totalmente] [satisfeita|satisfeito|bom|feliz|rápido|lindo|contente|eficiente]
        [Entrega rápida|Rapidez|Rápido|Antes do prazo|Qualidade|Confiança|Agilidade|Tudo certo|Tudo perfeito|Gostei muito]
        [Gostei|Adorei|Amei|Recomendo] [muito|o produto|a loja|a compra|a todos|demais|esse produto|e indico]
    """),
}


def title(score: int, random: Random) -> str:
    """Draw a title for a review with this score."""
    return one_of(random, TITLES[score]).expand(random).strip()
